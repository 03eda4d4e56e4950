# What can be said without an apply: the defaults, and every message about a wrong variable.

run "a_name_is_enough" {
  command = plan

  variables {
    organization = { name = "module-plan" }
  }

  assert {
    condition     = output.name == "module-plan"
    error_message = "The name is not passed on."
  }

  assert {
    condition     = length(quay_org_application.this) == 0 && length(quay_org_member_allowlist.this) == 0
    error_message = "Applications or an allowlist are planned that nobody asked for."
  }

  assert {
    condition     = quay_organization.this.force_destroy == false
    error_message = "Images are not protected by default."
  }
}

run "a_name_in_upper_case_is_refused" {
  command = plan

  variables {
    organization = { name = "Module" }
  }

  expect_failures = [var.organization]
}

run "a_short_name_is_refused" {
  command = plan

  variables {
    organization = { name = "m" }
  }

  expect_failures = [var.organization]
}

run "an_email_without_a_domain_is_refused" {
  command = plan

  variables {
    organization = { name = "module-plan", email = "ops@example" }
  }

  expect_failures = [var.organization]
}

run "a_duration_in_words_is_refused" {
  command = plan

  variables {
    organization = { name = "module-plan", tag_expiration = "two weeks" }
  }

  expect_failures = [var.organization]
}

run "an_application_without_a_name_is_refused" {
  command = plan

  variables {
    organization = { name = "module-plan", applications = { "" = {} } }
  }

  expect_failures = [var.organization]
}

run "a_list_of_nobody_is_refused" {
  command = plan

  variables {
    organization = { name = "module-plan", allowed_members = [] }
  }

  expect_failures = [var.organization]
}
