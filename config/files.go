package config

import (
	"errors"
	"io/fs"
	"maps"
	"os"
	"strings"
)

// withFiles replaces each variable X_FILE by X with the file's content.
func withFiles(environment map[string]string) (map[string]string, error) {
	all := maps.Clone(environment)
	for _, field := range variables() {
		variable := field.Tag.Get("env")
		path, ok := environment[Prefix+variable+"_FILE"]
		if !ok {
			continue
		}
		content, err := os.ReadFile(path)
		if err != nil {
			return nil, fileError(variable, err)
		}
		all[Prefix+variable] = strings.TrimSpace(string(content))
	}
	return all, nil
}

func fileError(variable string, err error) error {
	problem := "names a file that cannot be read"
	if errors.Is(err, fs.ErrNotExist) {
		problem = "names a file that does not exist"
	}
	return &Error{Variable: Prefix + variable + "_FILE", Problem: problem, Example: "/run/secrets/" + strings.ToLower(variable)}
}
