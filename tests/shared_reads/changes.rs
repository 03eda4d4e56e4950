//! How the things are changed: through the client, and behind its back.

use super::{FLEETING, Thing, What, member};
use crate::support::fake_quay::{FakeQuay, Organization};
use terraform_provider_quay::quay::application::Fields;
use terraform_provider_quay::quay::organization::Changes;
use terraform_provider_quay::quay::proxy_cache::Wanted;
use terraform_provider_quay::quay::{Error, Quay};

fn fields(name: &str, number: usize) -> Fields {
    Fields {
        name: name.to_owned(),
        description: number.to_string(),
        application_uri: String::new(),
        redirect_uri: String::new(),
        avatar_email: None,
    }
}

impl Thing {
    /// Changes it through the client.
    pub(in super::super) async fn write(
        &self,
        quay: &Quay,
        fake: &FakeQuay,
        number: usize,
    ) -> Result<(), Error> {
        let orgname = self.orgname();
        let creates = number % 2 == 1;
        match self.what {
            What::Organization(_) => {
                let address = Some(Some(number.to_string()));
                let changes = Changes { invoice_email_address: address, ..Changes::default() };
                quay.change_organization(orgname, &changes).await.map(drop)
            }
            What::Application(_) => {
                let client_id = self.client_id(fake);
                quay.change_application(orgname, &client_id, &fields("ci", number)).await.map(drop)
            }
            What::Members => quay.remove_member(orgname, &member(number)).await.map(drop),
            What::ProxyCache if creates => {
                let wanted = Wanted {
                    upstream_registry: "docker.io".to_owned(),
                    upstream_registry_username: None,
                    upstream_registry_password: None,
                    expiration_s: i64::try_from(number).expect("few changes"),
                    insecure: false,
                };
                quay.create_proxy_cache(orgname, &wanted).await
            }
            What::ProxyCache => quay.delete_proxy_cache(orgname).await,
            What::FleetingApplication if creates => {
                quay.create_application(orgname, &fields(FLEETING, number)).await.map(drop)
            }
            What::FleetingApplication => {
                quay.delete_application(orgname, &self.client_id(fake)).await
            }
            What::FleetingOrganization if creates => {
                fake.collect();
                quay.create_organization(orgname, Some(&format!("{number}@acme.example"))).await
            }
            What::FleetingOrganization => quay.delete_organization(orgname).await,
        }
    }

    /// Changes it behind the client's back.
    pub(in super::super) fn write_by_others(&self, fake: &FakeQuay, number: usize) {
        let orgname = self.orgname();
        let creates = number % 2 == 1;
        let describe = |organization: &mut Organization, name: &str| {
            let applications = organization.applications.iter_mut();
            applications
                .filter(|it| it.name == name)
                .for_each(|it| it.description = number.to_string());
        };
        match self.what {
            What::FleetingOrganization if creates => fake.plant_organization(orgname, "admin"),
            What::FleetingOrganization => return fake.delete_organization(orgname),
            What::FleetingApplication if creates => {
                fake.plant_application(orgname, FLEETING);
            }
            What::ProxyCache if creates => fake.world().plant_proxy_cache(orgname, "docker.io"),
            _ => {}
        }
        fake.change(orgname, |organization| match self.what {
            What::Organization(_) => organization.invoice_email_address = Some(number.to_string()),
            What::Application(_) => describe(organization, "ci"),
            What::Members => {
                let team = organization.team_mut("all").expect("it was planted");
                team.members.retain(|name| *name != member(number));
            }
            What::ProxyCache if !creates => organization.proxy_cache = None,
            What::ProxyCache => {
                let cache = organization.proxy_cache.as_mut().expect("it was planted");
                cache.expiration_s = Some(i64::try_from(number).expect("few changes"));
            }
            What::FleetingApplication if creates => describe(organization, FLEETING),
            What::FleetingApplication => organization.applications.retain(|it| it.name != FLEETING),
            What::FleetingOrganization => {
                organization.email = Some(format!("{number}@acme.example"));
            }
        });
    }
}
