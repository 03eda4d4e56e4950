terraform {
  required_providers {
    quay = {
      source = "quay-rs/quay"
    }
  }
}

data "quay_application" "asking_for_access" {
  client_id = "EXAMPLE0CLIENT0ID001"
}

output "organization" {
  value = data.quay_application.asking_for_access.orgname
}
