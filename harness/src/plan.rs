//! From an experiment to cells.
//!
//! A cell is strategy × options × dataset × protocol × seed, and for caches and compactions ×
//! capacity or budget. Its key, the SHA-256 of all that
//! its bytes depend on, is what an interrupted run is resumed by; where results go, how many
//! cells run at once and how often they are repeated is no part of it.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use pressmark_datasets::{Dataset, DatasetSpec};
use pressmark_protocol::{
    OptionSpec, OptionValue, Options, PackMode, Protocol, StrategyInfo, interface,
};
use pressmark_reports::record::{SCHEMA, Task};
use serde::Serialize;
use sha2::{Digest, Sha256};

use crate::config::{Amount, Config, ConfigError, StrategyTable, option_value};
use crate::plugins::{Plugin, Registry};
use crate::suggest::hint;

/// A strategy with its options, and the library that provides it.
#[derive(Clone, Debug)]
pub struct PlannedStrategy {
    /// Id of the strategy.
    pub id: String,
    /// Every option with its value, or those given where the plugin could not be asked.
    pub options: Options,
    /// Where it comes from.
    pub provider: Provider,
}

/// The library behind a strategy.
#[derive(Clone, Debug)]
pub struct Provider {
    /// The library.
    pub path: PathBuf,
    /// Id of the plugin; the file's name where it could not be asked.
    pub id: String,
    /// Version of the plugin.
    pub version: Option<String>,
    /// SHA-256 of the library.
    pub sha256: Option<String>,
    /// Size of the library in bytes.
    pub bytes: Option<u64>,
    /// Size of the library, stripped and compressed, in bytes.
    pub decoder_bytes: Option<u64>,
    /// What the plugin says of the strategy; none where it could not be asked.
    pub info: Option<StrategyInfo>,
}

impl Provider {
    fn of(plugin: &Plugin, info: &StrategyInfo) -> Provider {
        Provider {
            path: plugin.path.clone(),
            id: plugin.info().id.clone(),
            version: Some(plugin.info().version.clone()),
            sha256: Some(plugin.manifest.sha256.clone()),
            bytes: Some(plugin.manifest.bytes),
            decoder_bytes: Some(plugin.manifest.decoder_bytes),
            info: Some(info.clone()),
        }
    }

    /// A library that could not be described: its cells will say why.
    fn broken(path: &Path) -> Provider {
        Provider {
            path: path.to_path_buf(),
            id: path.file_stem().unwrap_or_default().to_string_lossy().into_owned(),
            version: None,
            sha256: std::fs::read(path)
                .ok()
                .map(|content| crate::plugins::hex(&Sha256::digest(&content))),
            bytes: std::fs::metadata(path).ok().map(|metadata| metadata.len()),
            decoder_bytes: None,
            info: None,
        }
    }

    /// Whether the strategy answers to an interface; a strategy that could not be asked may.
    pub fn may(&self, interface: &str) -> bool {
        self.info.as_ref().is_none_or(|info| info.has(interface))
    }
}

/// One cell.
#[derive(Clone, Debug)]
pub struct Cell {
    /// Index into [`Plan::strategies`].
    pub strategy: usize,
    /// Index into the config's datasets.
    pub dataset: usize,
    /// Side information.
    pub protocol: Protocol,
    /// The capacity of a cache, the budget of a compaction or a context; none for a codec.
    pub amount: Option<Amount>,
    /// What the reader of a context may do; none where none is packed.
    pub mode: Option<PackMode>,
    /// The strategy's entropy.
    pub seed: u64,
}

/// Cells in the order in which they run: by dataset and protocol, so that what is compared
/// runs close together.
#[derive(Clone, Debug)]
pub struct Plan {
    /// Strategies with their options; a sweep makes several of one.
    pub strategies: Vec<PlannedStrategy>,
    /// The cells.
    pub cells: Vec<Cell>,
}

impl Plan {
    /// Expands an experiment.
    ///
    /// # Errors
    /// When a strategy or an option does not exist or a value is out of range.
    pub fn new(config: &Config, registry: &Registry) -> Result<Plan, ConfigError> {
        let mut strategies = Vec::new();
        for table in &config.strategies {
            let provider = provider(config, table, registry)?;
            for options in combinations(config, table, provider.info.as_ref())? {
                let id = table.id.as_ref().clone();
                strategies.push(PlannedStrategy { id, options, provider: provider.clone() });
            }
        }
        let amounts = amounts(config);
        let mode = config.experiment.pack_mode();
        let mut cells = Vec::new();
        for (dataset, spec) in config.datasets.iter().enumerate() {
            for protocol in protocols(config, spec) {
                for &amount in &amounts {
                    for strategy in 0..strategies.len() {
                        for &seed in &config.experiment.seeds {
                            cells.push(Cell { strategy, dataset, protocol, amount, mode, seed });
                        }
                    }
                }
            }
        }
        Ok(Plan { strategies, cells })
    }

    /// Key of a cell once its dataset is loaded.
    pub fn key(&self, cell: &Cell, dataset: &Dataset) -> String {
        let strategy = &self.strategies[cell.strategy];
        let primed = cell.protocol != Protocol::Cold;
        key(&KeyParts {
            schema: SCHEMA,
            plugin: strategy.provider.sha256.as_deref(),
            strategy: &strategy.id,
            options: &strategy.options,
            dataset: &dataset.sha256,
            slice: &dataset.slice,
            prime: dataset.prime_sha256.as_deref().filter(|_| primed),
            protocol: cell.protocol,
            amount: cell.amount,
            mode: cell.mode,
            seed: cell.seed,
        })
    }
}

/// All that the bytes of a cell depend on.
#[derive(Serialize)]
struct KeyParts<'a> {
    schema: &'a str,
    plugin: Option<&'a str>,
    strategy: &'a str,
    options: &'a Options,
    dataset: &'a str,
    slice: &'a str,
    prime: Option<&'a str>,
    protocol: Protocol,
    #[serde(skip_serializing_if = "Option::is_none")]
    amount: Option<Amount>,
    #[serde(skip_serializing_if = "Option::is_none")]
    mode: Option<PackMode>,
    seed: u64,
}

fn key(parts: &KeyParts<'_>) -> String {
    let json = serde_json::to_vec(parts).expect("plain values");
    crate::plugins::hex(&Sha256::digest(&json)[..16])
}

/// What a strategy is given room for, where its task has such a thing.
fn amounts(config: &Config) -> Vec<Option<Amount>> {
    let experiment = &config.experiment;
    match experiment.task {
        Task::Codec => vec![None],
        Task::Cache => experiment.capacities.iter().copied().map(Some).collect(),
        Task::Compact | Task::Pack => experiment.budgets.iter().copied().map(Some).collect(),
    }
}

/// The protocols that apply to a dataset: those with side information need a priming text.
fn protocols(config: &Config, spec: &DatasetSpec) -> Vec<Protocol> {
    let mut protocols = config.experiment.protocols.clone();
    protocols.retain(|&protocol| protocol == Protocol::Cold || spec.prime.is_some());
    protocols.sort();
    protocols.dedup();
    protocols
}

fn provider(
    config: &Config,
    table: &StrategyTable,
    registry: &Registry,
) -> Result<Provider, ConfigError> {
    let id = table.id.as_ref();
    let error = |message: String| config.error_at(table.id.span(), message);
    if let Some(path) = &table.plugin {
        let path = config.base_dir().join(path);
        let canonical = path.canonicalize().map_err(|reason| {
            error(format!("the plugin {} of {id} cannot be read: {reason}", path.display()))
        })?;
        if let Some(plugin) = registry.plugins().iter().find(|plugin| plugin.path == canonical) {
            let strategies = &plugin.info().strategies;
            let known = strategies.iter().find(|strategy| strategy.id == *id);
            let info = known.ok_or_else(|| {
                let hint = hint(id, strategies.iter().map(|strategy| strategy.id.as_str()));
                error(format!("the plugin {} has no strategy {id}{hint}", path.display()))
            })?;
            return Ok(Provider::of(plugin, info));
        }
        return Ok(Provider::broken(&canonical));
    }
    match registry.strategy(id) {
        Ok(strategy) => Ok(Provider::of(strategy.plugin, strategy.info)),
        // A library that could not be asked may have been meant: its cells will tell.
        Err(message) => match registry.broken_provider(id) {
            Some(broken) => Ok(Provider::broken(&broken.path)),
            None => Err(error(message)),
        },
    }
}

/// Every combination of the options and the sweep of one table, checked.
fn combinations(
    config: &Config,
    table: &StrategyTable,
    info: Option<&StrategyInfo>,
) -> Result<Vec<Options>, ConfigError> {
    let id = table.id.as_ref();
    let check = |name: &str, value: &toml::Value, span: std::ops::Range<usize>| {
        let checked = option_value(value).and_then(|value| match info {
            Some(info) => check_option(info, name, &value),
            None => Ok(value),
        });
        checked
            .map_err(|message| config.error_at(span, format!("option {name} of {id}: {message}")))
    };
    let mut base: Options = info
        .map(|info| {
            info.options.iter().map(|spec| (spec.name.clone(), spec.default_value())).collect()
        })
        .unwrap_or_default();
    for (name, value) in &table.options {
        base.insert(name.clone(), check(name, value.as_ref(), value.span())?);
    }
    let mut combinations = vec![base];
    for (name, values) in &table.sweep {
        let values: Vec<OptionValue> = values
            .as_ref()
            .iter()
            .map(|value| check(name, value, values.span()))
            .collect::<Result<_, _>>()?;
        combinations = combinations
            .iter()
            .flat_map(|options| {
                values.iter().map(|value| {
                    let mut options = options.clone();
                    options.insert(name.clone(), value.clone());
                    options
                })
            })
            .collect();
    }
    Ok(combinations)
}

/// Checks one option of a strategy and gives it its final type.
///
/// # Errors
/// A phrase that says what is allowed, or names the nearest option.
pub fn check_option(
    info: &StrategyInfo,
    name: &str,
    value: &OptionValue,
) -> Result<OptionValue, String> {
    let spec: Option<&OptionSpec> = info.options.iter().find(|spec| spec.name == name);
    let spec = spec.ok_or_else(|| {
        let names = info.options.iter().map(|spec| spec.name.as_str());
        let known: Vec<&str> = names.clone().collect();
        let allowed = if known.is_empty() {
            "; it has no options".to_string()
        } else {
            format!(" (allowed: {})", known.join(", "))
        };
        format!("there is no such option{}{allowed}", hint(name, names))
    })?;
    spec.check(value).map_err(|allowed| format!("{value} is not allowed: it {allowed}"))
}

/// Options of a strategy from `name=value` texts.
///
/// # Errors
/// A sentence that names the option and what is allowed.
pub fn options_from_texts(info: &StrategyInfo, texts: &[String]) -> Result<Options, String> {
    let mut options = BTreeMap::new();
    for text in texts {
        let (name, value) = text.split_once('=').ok_or_else(|| {
            format!("--option {text}: write name=value; {} has {}", info.id, names(info))
        })?;
        let spec = info.options.iter().find(|spec| spec.name == name);
        let value = spec.map_or(OptionValue::Text(value.into()), |spec| typed(spec, value));
        let value = check_option(info, name, &value)
            .map_err(|message| format!("option {name} of {}: {message}", info.id))?;
        options.insert(name.to_string(), value);
    }
    Ok(options)
}

/// A text as the type that the option has, or as text for the check to refuse.
fn typed(spec: &OptionSpec, text: &str) -> OptionValue {
    let text_value = || OptionValue::Text(text.to_string());
    match spec.default_value() {
        OptionValue::Bool(_) => text.parse().map_or_else(|_| text_value(), OptionValue::Bool),
        OptionValue::Int(_) => text.parse().map_or_else(|_| text_value(), OptionValue::Int),
        OptionValue::Float(_) => text.parse().map_or_else(|_| text_value(), OptionValue::Float),
        OptionValue::Text(_) => text_value(),
    }
}

fn names(info: &StrategyInfo) -> String {
    let names: Vec<&str> = info.options.iter().map(|spec| spec.name.as_str()).collect();
    if names.is_empty() { "no options".into() } else { names.join(", ") }
}

/// Whether a cell of this strategy is primed by difference: it takes no priming text itself.
pub fn by_difference(provider: &Provider, protocol: Protocol) -> bool {
    protocol == Protocol::Primed && provider.info.is_some() && !provider.may(interface::PRIME)
}
