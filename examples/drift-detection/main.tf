# What a nightly plan watches over: see the guide "Finding drift in CI".

terraform {
  required_providers {
    quay = {
      source = "quay-rs/quay"
    }
  }
}

# The address and the token of Quay come from QUAY_URL and QUAY_TOKEN.
provider "quay" {}

resource "quay_organization" "platform" {
  name  = "example-platform"
  email = "platform@example.com"
}

resource "quay_org_application" "ci" {
  orgname     = quay_organization.platform.name
  name        = "ci"
  description = "Pushes the images that CI builds"
}

# Whoever joins a team without being named here is drift, too.
resource "quay_org_member_allowlist" "platform" {
  orgname         = quay_organization.platform.name
  allowed_members = var.members
}

variable "members" {
  type        = set(string)
  description = "User names of those who may be in a team, the owner of the token among them."
  default     = ["admin"]
}
