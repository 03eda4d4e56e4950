import {
  to = quay_organization.platform
  id = "example-platform"
}
