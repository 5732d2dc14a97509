//! Tier 0: who may ask, and logins.

use crate::clock::stamp;
use crate::fault::Fault;
use crate::reply::Reply;
use crate::request::Request;
use crate::world::World;
use serde_json::json;

/// A static token under either header, or an access token that still lives.
pub fn admits(world: &World, request: &Request) -> bool {
    let is_static = |it: &str| it == world.access.token;
    let lives = |it: &str| world.access.given.get(it).is_some_and(|end| *end > world.now_ms);
    request.token.as_deref().is_some_and(is_static)
        || request.bearer.as_deref().is_some_and(|it| is_static(it) || lives(it))
}

pub fn refused() -> Reply {
    Reply::json(401, json!({"error": true, "message": "Please authenticate"}))
}

/// Answers in both known shapes at once.
pub fn login(world: &mut World, request: &Request) -> Reply {
    let access = &world.access;
    if request.text("clientId") != access.client_id || request.text("clientSecret") != access.client_secret {
        return refused();
    }
    let (token, refresh) =
        (format!("eyJ.{:016x}.a", world.random.draw()), format!("eyJ.{:016x}.r", world.random.draw()));
    let end = world.now_ms + world.timing.access_ms;
    world.access.given.insert(token.clone(), end);
    let access = json!({"token": token, "expires": stamp(end)});
    let refresh = json!({"token": refresh, "expires": stamp(world.now_ms + world.timing.refresh_ms)});
    let mut body = json!({
        "error": false,
        "accessToken": access, "refreshToken": refresh,
        "token": {"access": access, "refresh": refresh},
    });
    let fields = body.as_object_mut().expect("it is one");
    if world.hit(Fault::LoginNested, &request.said()).is_some() {
        fields.remove("accessToken");
        fields.remove("refreshToken");
    }
    if world.hit(Fault::LoginFlat, &request.said()).is_some() {
        fields.remove("token");
    }
    Reply::json(200, body)
}
