package main

// costExplorer is the part of Cost Explorer that is served. Cost categories, anomalies, reservations and savings plans
// are not.
var costExplorer = target{
	Service: "ce",
	Package: "costexplorer",
	Operations: []string{
		"GetCostAndUsage",
		"GetCostAndUsageWithResources",
		"GetDimensionValues",
		"GetTags",
		"GetCostForecast",
		"GetUsageForecast",
		"ListCostAllocationTags",
		"UpdateCostAllocationTagsStatus",
	},
	Adjust: map[string]adjustment{
		// The model's `^(?! )[\p{L}\p{N}\p{Z}-_]*(?<! )$` says that no space stands at either end.
		"CostCategoryName": {Pattern: `(` + nameRune + `((` + nameRune + `| )*` + nameRune + `)?)?`},
	},
}

// nameRune is what a cost category's name may have, but for the space.
const nameRune = `[\p{L}\p{N}\p{Zl}\p{Zp}\x{a0}\x{1680}\x{2000}-\x{200a}\x{202f}\x{205f}\x{3000}_-]`
