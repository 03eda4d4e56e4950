terraform {
  required_providers {
    quay = {
      source = "quay-rs/quay"
    }
  }
}

resource "quay_organization" "platform" {
  name = "example-platform"
}

resource "quay_org_application" "ci" {
  orgname = quay_organization.platform.name
  name    = "ci"
}

ephemeral "quay_org_application_secret" "ci" {
  orgname   = quay_organization.platform.name
  client_id = quay_org_application.ci.client_id
}

# A secret like this may go to a write-only argument, to the settings of a provider, or to a
# provisioner as here. Terraform writes it into no plan and no state.
resource "terraform_data" "hand_over" {
  triggers_replace = quay_org_application.ci.client_id

  provisioner "local-exec" {
    command     = "umask 077 && printenv CLIENT_SECRET > ci-client-secret"
    environment = { CLIENT_SECRET = ephemeral.quay_org_application_secret.ci.client_secret }
  }
}
