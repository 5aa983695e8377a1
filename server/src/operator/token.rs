//! Tokens for other programs.

use serde_json::json;

use super::args::{Place, TokenCommand};
use super::voice::{remark, say};
use super::{at_hand, operator, wait_for};

/// `token …`
pub fn run(place: &Place, command: TokenCommand) -> anyhow::Result<()> {
    let server = at_hand(place)?;
    wait_for(async {
        match command {
            TokenCommand::Add { name, mut rights } => {
                rights.dedup();
                let token = server.trust(&name, rights, &operator()).await?;
                say(token.expose())?;
                remark(&format!("This is the token of {name}; it is shown only now."));
            }
            TokenCommand::List => {
                for service in server.store.services().await? {
                    let rights: Vec<_> = service.rights.iter().map(|right| right.word()).collect();
                    let made = service.made.0;
                    let line = json!({ "name": service.name, "rights": rights, "made": made });
                    say(&line.to_string())?;
                }
            }
            TokenCommand::Remove { name } => {
                server.trust_no_more(&name, &operator()).await?;
                say(&format!("The token of {name} is void."))?;
            }
        }
        Ok(())
    })
}
