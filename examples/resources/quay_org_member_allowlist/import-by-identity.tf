import {
  to = quay_org_member_allowlist.platform
  identity = {
    orgname = "example-platform"
  }
}
