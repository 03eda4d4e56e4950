import {
  to = quay_org_member_allowlist.platform
  id = "example-platform"
}
