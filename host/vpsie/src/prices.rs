//! What there is to buy, and who pays.

use crate::base::Area;
use crate::call::Call;
use crate::client::Client;
use crate::error::Error;
use crate::id::{CategoryId, DatacenterId, ImageId};
use crate::model::{Account, Category, Datacenter, Plan};
use crate::wire::{WireAccount, WireCategory, WireDatacenter, WirePlan};

impl Client {
    /// # Errors
    ///
    /// Where they cannot be listed whole.
    pub async fn datacenters(&self) -> Result<Vec<Datacenter>, Error> {
        self.list::<WireDatacenter>(Call::get("list the datacenters", "datacenter?offset=0&limit=1000")).await
    }

    /// # Errors
    ///
    /// Where they cannot be listed whole.
    pub async fn plan_categories(&self) -> Result<Vec<Category>, Error> {
        let call = Call::get("list the categories of plans", "plans/category");
        self.list::<WireCategory>(call.area(Area::Alias)).await
    }

    /// # Errors
    ///
    /// Where they cannot be listed whole.
    pub async fn plans(
        &self,
        datacenter: &DatacenterId,
        image: &ImageId,
        category: &CategoryId,
    ) -> Result<Vec<Plan>, Error> {
        let fields = [
            ("dcIdentifier", datacenter.as_str()),
            ("osIdentifier", image.as_str()),
            ("planCatIdentifier", category.as_str()),
            ("name", "query"),
            ("description", "query"),
            ("isCustom", "0"),
        ];
        let what = format!("list the plans of datacenter {datacenter}");
        self.list::<WirePlan>(Call::ask(what, "resources").form(&fields)).await
    }

    /// None: it is not told to these credentials.
    ///
    /// # Errors
    ///
    /// Where it cannot be read.
    pub async fn account(&self) -> Result<Option<Account>, Error> {
        self.one::<WireAccount>(Call::get("read the account", "profile/user")).await
    }
}
