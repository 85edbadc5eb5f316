package setup

import (
	"archive/zip"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os/exec"
	"path/filepath"
	"strings"

	"github.com/mapescape/mapescape/lspserver/check"
)

// extensionID is the name of our extension.
const extensionID = "mapescape.mapescape"

// installExtension hands a package of the extension to VS Code.
func installExtension(ctx context.Context, env *check.Env, o options, e editor, file string) error {
	path := file
	if !filepath.IsAbs(path) {
		path = filepath.Join(env.Dir, path)
	}
	version, err := extensionVersion(path)
	if err != nil {
		return fmt.Errorf("%s: %w", file, err)
	}
	program := e.find()
	if o.with != "" {
		if program, err = exec.LookPath(o.with); err != nil {
			return err
		}
	}
	if program == "" {
		return fmt.Errorf("none of %s is on PATH; in VS Code, \"Shell Command: Install 'code' command in PATH\" puts it there, "+
			"and \"Extensions: Install from VSIX…\" does without", strings.Join(e.Programs, ", "))
	}
	// A build has no version of its own, so the same version is installed anew.
	args := []string{"--install-extension", path, "--force"}
	out := env.Stdout
	switch now := installedExtension(ctx, program); now {
	case "":
		fmt.Fprintf(out, "The extension %s %s is installed by:\n", extensionID, version)
	case version:
		fmt.Fprintf(out, "The extension %s %s is installed anew by:\n", extensionID, version)
	default:
		fmt.Fprintf(out, "The extension %s %s takes the place of %s by:\n", extensionID, version, now)
	}
	fmt.Fprintf(out, "  %s %s\n", program, strings.Join(args, " "))
	if o.dry {
		fmt.Fprintln(out, "Nothing was changed, because of -n.")
		return nil
	}
	cmd := exec.CommandContext(ctx, program, args...)
	cmd.Stdout, cmd.Stderr = env.Stdout, env.Stderr
	if err := cmd.Run(); err != nil {
		return fmt.Errorf("%s: %w", program, err)
	}
	fmt.Fprintln(out, "Done. In windows that are open, \"Developer: Reload Window\" starts it.")
	return nil
}

// extensionVersion looks into a package and gives its version. It refuses what is not our extension.
func extensionVersion(path string) (string, error) {
	archive, err := zip.OpenReader(path)
	if errors.Is(err, zip.ErrFormat) {
		return "", errors.New("not a package of an extension")
	}
	if err != nil {
		return "", err
	}
	defer archive.Close()
	file, err := archive.Open("extension/package.json")
	if err != nil {
		return "", errors.New("not a package of an extension")
	}
	defer file.Close()
	var manifest struct{ Publisher, Name, Version string }
	if err := json.NewDecoder(file).Decode(&manifest); err != nil {
		return "", fmt.Errorf("extension/package.json: %w", err)
	}
	if id := manifest.Publisher + "." + manifest.Name; id != extensionID {
		return "", fmt.Errorf("it is the extension %s and not %s", id, extensionID)
	}
	return manifest.Version, nil
}

// installedExtension asks for the version of our extension, "" if it is not installed.
func installedExtension(ctx context.Context, program string) string {
	out, err := output(ctx, program, "--list-extensions", "--show-versions")
	if err != nil {
		return ""
	}
	for line := range strings.Lines(string(out)) {
		if version, ok := strings.CutPrefix(strings.TrimSpace(line), extensionID+"@"); ok {
			return version
		}
	}
	return ""
}
