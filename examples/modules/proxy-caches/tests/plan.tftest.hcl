# What can be said without an apply: the defaults, and every message about a wrong variable.

variables {
  quay_host = "quay.example.com"
  upstreams = { module-plan = { registry = "docker.io" } }
}

run "a_registry_is_enough" {
  command = plan

  assert {
    condition     = output.caches["module-plan"] == { registry = "docker.io", pull_prefix = "quay.example.com/module-plan", expiration_s = 86400 }
    error_message = "The cache is not as the variables say."
  }

  assert {
    condition     = quay_organization.this["module-plan"].force_destroy && quay_proxy_cache.this["module-plan"].validate_upstream
    error_message = "The defaults are not as the documentation says."
  }
}

run "a_host_with_a_scheme_is_refused" {
  command = plan

  variables {
    quay_host = "https://quay.example.com"
  }

  expect_failures = [var.quay_host]
}

run "a_name_in_upper_case_is_refused" {
  command = plan

  variables {
    upstreams = { Hub = { registry = "docker.io" } }
  }

  expect_failures = [var.upstreams]
}

run "a_registry_with_a_scheme_is_refused" {
  command = plan

  variables {
    upstreams = { module-plan = { registry = "https://docker.io" } }
  }

  expect_failures = [var.upstreams]
}

run "a_duration_in_words_is_refused" {
  command = plan

  variables {
    upstreams = { module-plan = { registry = "docker.io", expiration = "a day" } }
  }

  expect_failures = [var.upstreams]
}

run "an_empty_user_name_is_refused" {
  command = plan

  variables {
    upstreams = { module-plan = { registry = "docker.io", username = "" } }
    passwords = { module-plan = "not-needed" }
  }

  expect_failures = [var.upstreams]
}

run "a_user_name_without_a_password_is_refused" {
  command = plan

  variables {
    upstreams = { module-plan = { registry = "docker.io", username = "puller" } }
  }

  expect_failures = [var.passwords]
}

run "an_empty_password_is_refused" {
  command = plan

  variables {
    passwords = { module-plan = "" }
  }

  expect_failures = [var.passwords]
}
