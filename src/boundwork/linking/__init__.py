"""Councils in time and figures from elsewhere: council tables, codes with dates, reorganisations, links, cubes, and disclosure."""
