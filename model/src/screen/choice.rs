//! The labels of several barcodes that were read at once, each unlike the others.

use std::collections::BTreeMap;

use crate::apart::{Namesake, apart};
use crate::intake::{Intake, Standing, standing};
use crate::naming;
use crate::state::Opened;

/// A label for each: its name, that it is already here, and what tells it from others that read the
/// same.
pub(super) fn labels(opened: &Opened, choices: &[Intake]) -> Vec<String> {
    let mut labels: Vec<String> = choices.iter().map(|choice| label(opened, choice)).collect();
    let mut same: BTreeMap<String, Vec<usize>> = BTreeMap::new();
    for (place, label) in labels.iter().enumerate() {
        same.entry(label.to_lowercase()).or_default().push(place);
    }
    for places in same.values() {
        let namesakes: Vec<Namesake> =
            places.iter().map(|place| namesake(&choices[*place])).collect();
        for (place, apart) in places.iter().zip(apart(&namesakes)) {
            labels[*place] = naming::beside_others(&labels[*place], &apart);
        }
    }
    labels
}

fn label(opened: &Opened, choice: &Intake) -> String {
    let Intake::Complete(draft) = choice else { return "A key without a name".to_owned() };
    let name = naming::full(&draft.issuer, &draft.account);
    match standing(&opened.vault, draft) {
        Standing::AlreadyHere { .. } => format!("{name}, already here"),
        _ => name,
    }
}

fn namesake(choice: &Intake) -> Namesake {
    let parameters = match choice {
        Intake::Complete(draft) => draft.parameters,
        Intake::BareKey(_) => Default::default(),
    };
    Namesake { parameters, added_at: None }
}
