terraform {
  required_providers {
    quay = {
      source = "quay-rs/quay"
    }
  }
}

# quay.example.com/example-docker-hub/library/nginx:1.27
output "image" {
  value = provider::quay::proxied_image(
    "docker.io/library/nginx:1.27", "docker.io", "quay.example.com", "example-docker-hub"
  )
}
