"""From confusion matrices to judgements: protocols, uncertainty, and which methods can be told apart."""
