use crate::hook::listed::listed;
use crate::hook::settings;
use crate::lint::Level;
use crate::lint::project::TextFile;
use crate::lint::project::{Found, Project};
use crate::lint::rules::{Check, Rule};

pub const RULE: Rule = Rule {
    name: "duplicate-hook",
    group: "hooks and settings",
    level: Level::Warning,
    what: "Handlers of this program in the settings while its plugin is switched on.",
    why: "Each event is then told twice: the lessons reach the agent two times.",
    example: &[(
        "/.claude/settings.json",
        "{\"enabledPlugins\": {\"learn@x\": true}, \"hooks\": {\"Stop\": [{\"hooks\": [{\"type\": \"command\", \"command\": \"learn hook\"}]}]}}\n",
    )],
    instead: &[(
        "/.claude/settings.json",
        "{\"hooks\": {\"Stop\": [{\"hooks\": [{\"type\": \"command\", \"command\": \"learn hook\"}]}]}}\n",
    )],
    source: "https://code.claude.com/docs/en/hooks",
    check: Check::Project(duplicate_hook),
};

fn duplicate_hook(project: &Project) -> Vec<Found> {
    let found = |file: &TextFile| settings::find(&file.text).unwrap_or_default();
    let all: Vec<settings::Found> = project.settings.iter().map(found).collect();
    if all.iter().any(|it| it.disabled) {
        return Vec::new();
    }
    // What is nearer to the user goes first: settings.local.json stands behind settings.json.
    let is_off = |plugin: &str, from: usize| {
        all[from + 1..].iter().any(|it| it.plugins_off.iter().any(|it| it == plugin))
    };
    let on = all.iter().enumerate().find_map(|(at, it)| {
        let plugin = it.plugins.first()?;
        (!is_off(plugin, at)).then_some(plugin)
    });
    let Some(plugin) = on else { return Vec::new() };
    let mut res = Vec::new();
    for file in &project.settings {
        let all = listed(&file.text).unwrap_or_default().into_iter();
        let ours = all.filter_map(|it| it.command).find(|it| settings::is_command(&it.value));
        if let Some(command) = ours {
            let message = format!("the plugin `{plugin}` calls this too");
            res.push(Found::new(
                file,
                command.span,
                message,
                "`learn hooks remove` takes these out",
            ));
        }
    }
    res
}
