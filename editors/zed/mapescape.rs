use zed_extension_api::{self as zed, settings::LspSettings, serde_json, LanguageServerId, Result, Worktree};

struct MapEscape;

impl zed::Extension for MapEscape {
    fn new() -> Self {
        MapEscape
    }

    fn language_server_command(&mut self, _id: &LanguageServerId, worktree: &Worktree) -> Result<zed::Command> {
        let command = worktree
            .which("mapescape")
            .ok_or("there is no program mapescape on PATH")?;
        Ok(zed::Command {
            command,
            args: vec!["serve".into()],
            env: worktree.shell_env(),
        })
    }

    fn language_server_workspace_configuration(
        &mut self,
        id: &LanguageServerId,
        worktree: &Worktree,
    ) -> Result<Option<serde_json::Value>> {
        Ok(LspSettings::for_worktree(id.as_ref(), worktree)?.settings)
    }
}

zed::register_extension!(MapEscape);
