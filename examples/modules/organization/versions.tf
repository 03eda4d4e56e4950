terraform {
  required_version = ">= 1.11"
  required_providers {
    quay = {
      source = "quay-rs/quay"
    }
  }
}
