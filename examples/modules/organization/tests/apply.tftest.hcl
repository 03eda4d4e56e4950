# The whole life of an organization. It needs a Quay, and a token whose user is in the variable
# owner; Terraform destroys the organization at the end.

variables {
  owner = "admin"
}

run "everything_is_created" {
  variables {
    organization = {
      name           = "module-apply"
      email          = "ops@example.com"
      tag_expiration = "1w"
      applications = {
        ci  = { description = "Pushes images", redirect_uri = "https://ci.example.com/callback" }
        web = {}
      }
      allowed_members = [var.owner]
    }
  }

  assert {
    condition     = output.name == "module-apply" && output.tag_expiration_s == 604800
    error_message = "The organization is not as the variable says."
  }

  assert {
    condition     = join(",", keys(output.client_ids)) == "ci,web" && length(distinct(values(output.client_ids))) == 2
    error_message = "There is not one client id for each application."
  }

  assert {
    condition     = quay_org_application.this["ci"].client_secret == null
    error_message = "A client secret is in the state."
  }

  assert {
    condition     = length(output.unexpected_members) == 0
    error_message = "A new organization has members who are not allowed."
  }
}

run "an_application_can_leave_and_the_list_too" {
  variables {
    organization = {
      name         = "module-apply"
      applications = { web = { description = "Serves the shop" } }
    }
  }

  assert {
    condition     = output.client_ids == { web = run.everything_is_created.client_ids["web"] }
    error_message = "The application that stays is not the same."
  }

  assert {
    condition     = quay_organization.this.email == null && length(quay_org_member_allowlist.this) == 0
    error_message = "What was left out is still there."
  }
}
