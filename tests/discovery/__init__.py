"""Discovery, tried on practice hosts, on recordings of real ones and on the real fleet."""
