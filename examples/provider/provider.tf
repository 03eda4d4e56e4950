terraform {
  required_providers {
    quay = {
      source = "quay-rs/quay"
    }
  }
}

# Without these two the provider takes QUAY_URL and QUAY_TOKEN from the environment.
provider "quay" {
  url   = var.quay_url
  token = var.quay_token
}

variable "quay_url" {
  type        = string
  description = "Base URL of Quay."
}

variable "quay_token" {
  type        = string
  description = "OAuth 2 access token."
  # A plan file would hold the value of a variable that is not ephemeral. Needs Terraform 1.10.
  ephemeral = true
  sensitive = true
}
