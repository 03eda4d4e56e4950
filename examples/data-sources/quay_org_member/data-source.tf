terraform {
  required_providers {
    quay = {
      source = "quay-rs/quay"
    }
  }
}

data "quay_org_member" "alice" {
  orgname = "example-platform"
  name    = "alice"
}

output "teams_of_alice" {
  value = data.quay_org_member.alice.teams
}
