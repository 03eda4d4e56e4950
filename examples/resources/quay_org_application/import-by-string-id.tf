# The name may stand in place of the client id where no other application has it.
import {
  to = quay_org_application.ci
  id = "example-platform/ci"
}
