"""Tables 1-6 of the paper beside a run's measurements, supplementary tables, and the formats of all."""
