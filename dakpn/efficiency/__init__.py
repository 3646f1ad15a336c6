"""What computing costs: parameters, times, memory, and the price of jobs."""
