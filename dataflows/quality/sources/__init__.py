"""What is judged of sources: how many events came and when, and samples of them."""
