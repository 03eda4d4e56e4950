import {
  to = quay_organization.platform
  identity = {
    name = "example-platform"
  }
}
