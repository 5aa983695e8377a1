//! The viewfinder's page, and its one sentence.

use super::CameraPage;
use crate::state::{Advice, Errand, Opened, Viewfinder, name_of};
use crate::update::so_far;

/// The page as it is to be seen.
pub(super) fn page(opened: &Opened, finder: &Viewfinder) -> CameraPage {
    let facts = finder.camera.as_ref();
    let cameras = facts.map(|facts| facts.cameras.clone()).unwrap_or_default();
    let runs = finder.failure.is_none() && facts.is_some();
    CameraPage {
        sentence: sentence(opened, finder),
        running: runs,
        failed: finder.failure.is_some(),
        used: facts.and_then(|facts| facts.used),
        cameras: if cameras.len() > 1 { cameras } else { Vec::new() },
        torch: facts.filter(|facts| runs && facts.torch).map(|_| finder.torch),
        focus: runs && facts.is_some_and(|facts| facts.focus),
        for_list: is_for_list(opened),
    }
}

fn is_for_list(opened: &Opened) -> bool {
    opened.errand.is_some_and(Errand::is_for_list)
}

fn sentence(opened: &Opened, finder: &Viewfinder) -> String {
    if let Some(failure) = &finder.failure {
        return if is_for_list(opened) { failure.for_list() } else { failure.to_string() };
    }
    let gathering = &opened.gathered.gathering;
    let told = matches!(finder.guide.said(), Some(Advice::Told(_)));
    if gathering.counted().is_some() && !told {
        return so_far(gathering);
    }
    let Some(advice) = finder.guide.said() else {
        return match opened.errand.and_then(|errand| errand.sought) {
            Some(id) => {
                format!("Hold the camera over the new barcode of {}.", name_of(&opened.vault, id))
            }
            None if !is_for_list(opened) => "Hold the camera over the barcode.".to_owned(),
            None if opened.vault.moving().is_some() => {
                "Hold the camera over the barcode that the new device shows.".to_owned()
            }
            None => "Hold the camera over the list on the old device, or on its print.".to_owned(),
        };
    };
    match advice {
        Advice::NoCode => {
            "No barcode can be made out; hold the camera still, with all of the barcode in the picture."
                .to_owned()
        }
        Advice::TooDark => {
            "It is too dark; switch a light on, or make the screen brighter.".to_owned()
        }
        Advice::Late => {
            "This device is too busy to read the camera's pictures; close other programs, or wait a moment."
                .to_owned()
        }
        Advice::TooSmall => "The barcode is too small in the picture; come closer.".to_owned(),
        Advice::Unclear => {
            "There is a barcode, but it is not clear enough; hold still, straight in front of it."
                .to_owned()
        }
        Advice::Refused(refusal) => refusal.to_string(),
        Advice::Told(sentence) => sentence.clone(),
        Advice::Known(id) => format!(
            "This account is already here, as {}; hold the camera over another barcode, or go back.",
            name_of(&opened.vault, *id)
        ),
    }
}
