# Two registries, one of which wants a password. It needs a Quay that reaches both; Terraform
# destroys the organizations at the end.

variables {
  quay_host = "quay.example.com"
  upstreams = {
    module-hub    = { registry = "docker.io" }
    module-vendor = { registry = "registry.example.com", username = "puller", expiration = "2h" }
  }
  passwords = { module-vendor = "right-password" }
}

run "each_registry_gets_a_cache" {
  assert {
    condition     = output.caches["module-vendor"].expiration_s == 7200
    error_message = "The expiration is not as the variable says."
  }

  assert {
    condition     = output.pull_prefixes == { "docker.io" = ["quay.example.com/module-hub"], "registry.example.com" = ["quay.example.com/module-vendor"] }
    error_message = "A registry has another prefix than its organization's."
  }
}

run "another_expiration_replaces_one_cache_and_keeps_the_other" {
  variables {
    upstreams = {
      module-hub    = { registry = "docker.io" }
      module-second = { registry = "docker.io", expiration = "1w" }
      module-vendor = { registry = "registry.example.com", username = "puller", expiration = "4h" }
    }
  }

  assert {
    condition     = output.caches["module-vendor"].expiration_s == 14400 && output.caches["module-hub"] == run.each_registry_gets_a_cache.caches["module-hub"]
    error_message = "The caches are not as the variables say."
  }

  assert {
    condition     = length(output.pull_prefixes["docker.io"]) == 2
    error_message = "Two organizations may cache the same registry."
  }
}
