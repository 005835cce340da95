"""What headers and cells may say, and what is said about them."""
