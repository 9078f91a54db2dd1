package config

// CostExplorer says what the Cost Explorer API shows.
type CostExplorer struct {
	// ActivateTags is AWS's rule: a tag key counts once UpdateCostAllocationTagsStatus has activated it.
	ActivateTags bool `yaml:"activate-tags"`
	// HistoryMonths is how many months before the running one can be asked for; 0 is as far back as there is usage.
	HistoryMonths int `yaml:"history-months"`
}

// maxHistory is as good as for ever.
const maxHistory = 1200

func (k checker) costExplorer(c *CostExplorer) {
	k.within("cost-explorer.history-months", c.HistoryMonths, 0, maxHistory)
}
