//! Datacenters, plans, and the account that pays.

use super::{Loose, Wire, Wrong, id};
use crate::id::{CategoryId, DatacenterId, PlanId};
use crate::model::{Account, Category, Datacenter, Plan};
use serde::Deserialize;

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct WireDatacenter {
    identifier: Loose,
    dc_name: Loose,
    is_active: Loose,
    is_deleted: Loose,
}

impl Wire for WireDatacenter {
    type Noun = Datacenter;

    fn read(self) -> Result<Datacenter, Wrong> {
        Ok(Datacenter {
            id: id("identifier", &self.identifier, DatacenterId::parse)?,
            name: self.dc_name.to_string(),
            active: self.is_active.is_true() && !self.is_deleted.is_true(),
        })
    }
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct WireCategory {
    identifier: Loose,
    name: Loose,
}

impl Wire for WireCategory {
    type Noun = Category;

    fn read(self) -> Result<Category, Wrong> {
        let id = id("identifier", &self.identifier, CategoryId::parse)?;
        Ok(Category { id, name: self.name.to_string() })
    }
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct WirePlan {
    identifier: Loose,
    nickname: Loose,
    cpu: Loose,
    ram: Loose,
    ssd: Loose,
    price: Loose,
}

impl Wire for WirePlan {
    type Noun = Plan;

    fn read(self) -> Result<Plan, Wrong> {
        Ok(Plan {
            id: id("identifier", &self.identifier, PlanId::parse)?,
            name: self.nickname.to_string(),
            cpu: self.cpu.needed("cpu")?,
            ram_mb: self.ram.needed("ram")?,
            disk_gb: self.ssd.whole("ssd")?,
            price_per_month: self.price.money("price")?,
        })
    }
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct WireAccount {
    email: Loose,
    current_balance: Loose,
    monthly_charge: Loose,
}

impl Wire for WireAccount {
    type Noun = Account;

    fn read(self) -> Result<Account, Wrong> {
        Ok(Account {
            email: self.email.to_string(),
            balance: self.current_balance.money_if_told("current_balance")?,
            charge_per_month: self.monthly_charge.money_if_told("monthly_charge")?,
        })
    }
}
