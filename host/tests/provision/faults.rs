//! Every fault that the fake knows, met by the engine: two machines come and one goes, and in the end servers,
//! machines and Nodes tell one story.

use super::stage::{Setting, Stage};
use vpsie_fake::{Armed, Fault};

const ADD: &str = "/add/slave";
const DELETE: &str = "/delete/slave";
const NODES: &str = "GET /k8s/cluster/byId";
const ANY: &str = "";

struct Case {
    fault: Fault,
    on: &'static str,
    /// None: as long as the test runs.
    times: Option<u32>,
    amount: u64,
    setting: Setting,
    /// Servers that are bought in all; two if everything that was bought is of use.
    bought: usize,
}

fn case(fault: Fault, on: &'static str, times: u32) -> Case {
    Case { fault, on, times: Some(times), amount: 0, setting: Setting::default(), bought: 2 }
}

fn always(fault: Fault, on: &'static str) -> Case {
    Case { times: None, ..case(fault, on, 0) }
}

impl Case {
    fn amount(self, amount: u64) -> Case {
        Case { amount, ..self }
    }

    fn bought(self, bought: usize) -> Case {
        Case { bought, ..self }
    }

    fn plain(self) -> Case {
        Case { setting: Setting { plain: true, ..self.setting }, ..self }
    }

    fn login(self) -> Case {
        Case { setting: Setting { login: true, ..self.setting }, ..self }
    }

    fn no_group(self) -> Case {
        Case { setting: Setting { no_group: true, ..self.setting }, ..self }
    }
}

fn cases() -> Vec<Case> {
    use Fault::*;
    vec![
        case(Unauthorized, ANY, 4).login(),
        case(Unauthorized, ADD, 3),
        case(Forbidden, ADD, 2),
        case(Forbidden, NODES, 2),
        case(RateLimited, ADD, 2).amount(300),
        case(RateLimited, ANY, 3),
        case(BadGateway, ADD, 1),
        case(BadGateway, DELETE, 2),
        case(BadGatewayAfter, ADD, 2),
        case(BadGatewayAfter, DELETE, 2),
        case(ServerError, ADD, 1),
        case(ServerError, NODES, 9),
        case(ServerErrorAfter, ADD, 2),
        case(ServerErrorAfter, "add/group", 1).no_group(),
        case(ErrorOn200, ADD, 2),
        case(ErrorOn200, DELETE, 2),
        case(HtmlOn200, ADD, 1),
        case(HtmlOn200, NODES, 9),
        case(HugeAnswer, NODES, 4).amount(200_000),
        case(CutBefore, ADD, 1),
        case(CutAfter, ADD, 2),
        case(CutAfter, "POST /vm", 2).plain(),
        case(HangBefore, ADD, 1),
        case(HangBefore, NODES, 2),
        case(HangAfter, ADD, 2),
        case(HangAfter, DELETE, 1),
        case(Slow, ANY, 6).amount(150),
        always(LoginNested, ANY).login(),
        always(LoginFlat, ANY).login(),
        case(NodeLimit, ADD, 1),
        case(SameSize, "add/group", 1).no_group(),
        case(WrongPassword, "DELETE /vm", 2).plain(),
        case(NeverVisible, ADD, 1).bought(3),
        case(Stuck, ADD, 1).bought(3),
        case(NeverJoins, ADD, 1).bought(3),
        case(DeleteIgnored, DELETE, 1),
        case(DeleteIgnored, "DELETE /vm", 1).plain(),
        case(NodeIdMissing, NODES, 12),
        case(NodeIdEmpty, NODES, 12),
        always(HostnameUpper, NODES),
        always(AddSaysObject, ADD),
        always(UnknownSaysFalse, ANY),
        always(ReduceTakesBusy, ANY),
        always(ReduceTakesNewest, ANY),
        always(ProjectIdText, ANY),
        always(ProjectIdText, ANY).plain(),
        always(PriceText, ANY),
        always(NodesNull, NODES),
        always(StaleLists, NODES).amount(15_000),
        always(StaleLists, "GET /vm").amount(15_000).plain(),
        case(ListCutShort, "GET /vm", 5).amount(2).plain(),
        case(ListCutShort, "node/groups", 3).amount(2),
        always(CountedAtAccept, ANY),
        always(RulesDropped, ANY),
        always(OfferMissing, ANY).amount(55),
    ]
}

#[test]
fn no_fault_is_left_out() {
    let cases = cases();
    let left_out: Vec<_> = Fault::ALL
        .iter()
        .filter(|it| cases.iter().all(|case| case.fault != **it))
        .map(|it| it.name())
        .collect();
    assert_eq!(left_out, Vec::<&str>::new());
}

async fn met(case: Case) {
    let what = format!("{} on {:?}", case.fault.name(), case.on);
    let mut stage = Stage::new(case.setting).await;
    let arm = |stage: &Stage| {
        let armed = Armed::always(case.fault).on(case.on).amount(case.amount);
        stage.fake.arm(Armed { times: case.times, ..armed });
    };
    arm(&stage);
    stage.wanted = 2;
    stage.settle(&format!("{what}: two come")).await;
    stage.agrees(&what);
    assert_eq!(stage.bought(), case.bought, "{what}: nothing is bought twice");
    // What the fault left unused counts for neither side of the next half.
    stage.fake.world(|it| it.faults.armed.clear());
    if case.bought == 2 {
        arm(&stage);
    }
    stage.wanted = 1;
    stage.settle(&format!("{what}: one goes")).await;
    stage.agrees(&what);
    assert_eq!(stage.bought(), case.bought, "{what}: nothing is bought while one goes");
}

/// The cases by turns, so that several threads share them.
async fn part(which: usize) {
    for case in cases().into_iter().skip(which).step_by(4) {
        met(case).await;
    }
}

#[tokio::test]
async fn faults_part_1() {
    part(0).await;
}

#[tokio::test]
async fn faults_part_2() {
    part(1).await;
}

#[tokio::test]
async fn faults_part_3() {
    part(2).await;
}

#[tokio::test]
async fn faults_part_4() {
    part(3).await;
}
