import {
  to = quay_org_application.ci
  identity = {
    orgname   = "example-platform"
    client_id = "EXAMPLE0CLIENT0ID001"
  }
}
