package door

import "github.com/danielgtaylor/huma/v2"

func humaConfig() huma.Config {
	c := huma.DefaultConfig("Tributary", "1")
	c.Servers = []*huma.Server{{URL: "/api/v1"}}
	c.Components.SecuritySchemes = map[string]*huma.SecurityScheme{
		"token": {Type: "http", Scheme: "bearer", Description: "An API token of this installation: `tributary token create` makes one. " +
			"The role that an operation needs is listed with it; an admin may do everything. In development no token is needed, and only this machine is served."},
		"session": {Type: "apiKey", In: "cookie", Name: plainCookie, Description: "The cookie that signing in sets. Over TLS its name is `" + secureCookie + "`. " +
			"Requests that change something must come from this installation's own origin."},
	}
	c.CreateHooks = nil // they would add $schema to every body
	whole := huma.Format{Marshal: WriteJSON, Unmarshal: huma.DefaultJSONFormat.Unmarshal}
	c.Formats = map[string]huma.Format{"application/json": whole, "json": whole} // and whatever ends in +json
	c.OpenAPIPath, c.DocsPath, c.SchemasPath = "", "", ""
	c.RejectUnknownQueryParameters = true // a misspelt filter would show everything
	c.Transformers = []huma.Transformer{withoutValues}
	return c
}
