//! A node of tests, in this process: it answers as it is told.

use std::collections::HashMap;
use std::sync::Arc;

use futures::stream::{self, StreamExt};
use serde_json::value::RawValue;
use serde_json::{json, Value as Json};
use subxt::rpcs::client::{RawRpcFuture, RawRpcSubscription, RpcClient, RpcClientT};
use subxt::rpcs::{Error as RpcError, UserError};

use super::Chain;
use crate::error::Error;

/// How a subscription ends when all that it has was said.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum End {
    /// It goes on without a word.
    #[default]
    Silence,
    /// The connection is closed.
    Closed,
}

/// What a method does.
#[derive(Clone)]
enum Answer {
    Says(Json),
    Refuses(i32, String),
    Breaks,
    KeepsSilent,
    By(Arc<dyn Fn(&Json) -> Json + Send + Sync>),
}

/// A node of tests.
#[derive(Clone, Default)]
pub struct Fake {
    answers: HashMap<&'static str, Answer>,
    subscriptions: HashMap<&'static str, (Vec<Json>, End)>,
}

impl Fake {
    /// Answers a method so.
    pub fn answering(mut self, method: &'static str, answer: Json) -> Self {
        self.answers.insert(method, Answer::Says(answer));
        self
    }

    /// Computes a method's answer out of its arguments.
    pub fn computing(
        mut self,
        method: &'static str,
        answer: impl Fn(&Json) -> Json + Send + Sync + 'static,
    ) -> Self {
        self.answers.insert(method, Answer::By(Arc::new(answer)));
        self
    }

    /// Answers a method with an error.
    pub fn refusing(mut self, method: &'static str, code: i32, message: &str) -> Self {
        self.answers
            .insert(method, Answer::Refuses(code, message.into()));
        self
    }

    /// Loses the connection when a method is called.
    pub fn breaking(mut self, method: &'static str) -> Self {
        self.answers.insert(method, Answer::Breaks);
        self
    }

    /// Never answers a method.
    pub fn silent_about(mut self, method: &'static str) -> Self {
        self.answers.insert(method, Answer::KeepsSilent);
        self
    }

    /// Says these on a subscription.
    pub fn saying(mut self, method: &'static str, items: Vec<Json>, end: End) -> Self {
        self.subscriptions.insert(method, (items, end));
        self
    }

    /// A connection to it.
    pub async fn chain(self) -> Result<Chain, Error> {
        Chain::over("ws://fake", RpcClient::new(self)).await
    }

    fn answer(&self, method: &str, arguments: &Json) -> Result<Json, RpcError> {
        match self.answers.get(method) {
            Some(Answer::Says(answer)) => Ok(answer.clone()),
            Some(Answer::By(answer)) => Ok(answer(arguments)),
            Some(Answer::Refuses(code, message)) => Err(RpcError::User(UserError {
                code: *code,
                message: message.clone(),
                data: None,
            })),
            // Its future never ends.
            Some(Answer::KeepsSilent) => Ok(Json::Null),
            Some(Answer::Breaks) => Err(RpcError::Client("connection closed".into())),
            None if method == "chain_getBlockHash" => Ok(json!(format!("0x{}", "00".repeat(32)))),
            None => Ok(json!({})),
        }
    }
}

fn raw(value: &Json) -> Result<Box<RawValue>, RpcError> {
    serde_json::value::to_raw_value(value).map_err(RpcError::Serialization)
}

fn parsed(arguments: Option<Box<RawValue>>) -> Json {
    let text = arguments.map_or_else(|| "null".into(), |raw| raw.get().to_owned());
    serde_json::from_str(&text).unwrap_or_default()
}

impl RpcClientT for Fake {
    fn request_raw<'a>(
        &'a self,
        method: &'a str,
        arguments: Option<Box<RawValue>>,
    ) -> RawRpcFuture<'a, Box<RawValue>> {
        let answer = self.answer(method, &parsed(arguments));
        let silent = matches!(self.answers.get(method), Some(Answer::KeepsSilent));
        Box::pin(async move {
            if silent {
                std::future::pending::<()>().await;
            }
            raw(&answer?)
        })
    }

    fn subscribe_raw<'a>(
        &'a self,
        method: &'a str,
        arguments: Option<Box<RawValue>>,
        _: &'a str,
    ) -> RawRpcFuture<'a, RawRpcSubscription> {
        let refused = match self.answers.contains_key(method) {
            true => self.answer(method, &parsed(arguments)).err(),
            false => None,
        };
        let (items, end) = self.subscriptions.get(method).cloned().unwrap_or_default();
        Box::pin(async move {
            if let Some(refused) = refused {
                return Err(refused);
            }
            let items = stream::iter(items).map(|item| raw(&item));
            let stream = match end {
                End::Closed => items.boxed(),
                End::Silence => items.chain(stream::pending()).boxed(),
            };
            Ok(RawRpcSubscription { stream, id: None })
        })
    }
}
