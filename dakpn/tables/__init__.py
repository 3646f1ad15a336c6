"""Tables as files: the paper's six as tidy rows beside what a run measured, supplementary ones, and their formats."""
