package main

import (
	"debug/buildinfo"
	"encoding/json"
	"runtime/debug"
)

// component is what CycloneDX knows of a part: https://cyclonedx.org/docs/1.6/json/
type component struct {
	Type    string `json:"type"`
	Name    string `json:"name"`
	Version string `json:"version"`
	PURL    string `json:"purl"`
}

// bom lists the modules that a program is made of, as Go has written them into it, in the format CycloneDX.
func bom(program, version string) ([]byte, error) {
	info, err := buildinfo.ReadFile(program)
	if err != nil {
		return nil, err
	}
	parts := []component{{"library", "std", info.GoVersion, "pkg:golang/std@" + info.GoVersion}}
	for _, module := range info.Deps {
		if module.Replace != nil {
			module = module.Replace
		}
		if module.Version == "" {
			continue // a stand-in of third_party, which is ours
		}
		parts = append(parts, library(module))
	}
	list, err := json.MarshalIndent(map[string]any{
		"bomFormat": "CycloneDX", "specVersion": "1.6", "version": 1,
		"metadata":   map[string]any{"component": component{"application", info.Path, version, "pkg:golang/" + info.Path + "@" + version}},
		"components": parts,
	}, "", "  ")
	return append(list, '\n'), err
}

func library(m *debug.Module) component {
	return component{"library", m.Path, m.Version, "pkg:golang/" + m.Path + "@" + m.Version}
}
