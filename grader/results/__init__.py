"""What is kept of a class: reports, marks, lateness, points by hand, and the gradebook made from them."""
