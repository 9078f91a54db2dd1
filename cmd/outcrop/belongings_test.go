package main

import (
	"maps"
	"time"
)

// inside stands in everything the owner has: in tags, descriptions, policies, addresses. Strangers know the names of the
// owner's things and never this.
const inside = "OnlyForTheOwner"

const simulated = "us.amazon.nova-lite-v1:0"

// belongings are the names of what an account has, as each API asks for them.
type belongings struct {
	all       map[string]fields            // by service
	special   map[string]map[string]fields // by service and operation, where a name means something else
	senseless map[string]bool              // operations that refuse the question of everybody
	ids       []string                     // unique ids, which nobody is told but the owner
}

// question is what is asked of one operation.
func (b belongings) question(service, operation string) fields {
	return b.all[service].with(b.special[service][operation])
}

// closed reports whether an operation must be denied: it asks a model through the owner's profile, or is for operators.
func (belongings) closed(service, operation string) bool {
	switch service {
	case "bedrock-runtime", "outcrop":
		return true
	case "openai", "anthropic":
		return operation != "ListModels"
	}
	return false
}

// about is the same, asked about another account wherever an API wants to know which.
func (b belongings) about(account string) belongings {
	out := b
	out.all = maps.Clone(b.all)
	for _, service := range []string{"budgets", "organizations", "outcrop-quotas"} {
		out.all[service] = b.all[service].with(fields{"AccountId": account, "account": account})
	}
	return out
}

func saying() []any {
	return []any{map[string]any{"role": "user", "content": []any{map[string]any{"text": "Hello"}}}}
}

func tag(key, value string) any { return map[string]any{"Key": key, "Value": value} }

// furnish gives an account some of everything.
func (w *town) furnish(owner asker) belongings {
	w.t.Helper()
	rule := `{"Version":"2012-10-17","Statement":[{"Sid":"` + inside + `","Effect":"Allow","Action":"iam:Get*","Resource":"*"}]}`
	trust := `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"` + owner.account + `","Service":"budgets.amazonaws.com"},"Action":"sts:AssumeRole"}]}`
	prefix := "arn:aws:iam::" + owner.account + ":"
	names := fields{
		"UserName": "clerk", "GroupName": "clerks", "RoleName": "clerk-role", "PolicyName": "clerk-policy", "PolicyArn": prefix + "policy/clerk-policy",
		"PolicyDocument": rule, "AssumeRolePolicyDocument": trust, "Description": inside, "Tags": []any{tag("purpose", inside)},
		"PermissionsBoundary": prefix + "policy/clerk-policy", "ServiceName": "bedrock.amazonaws.com",
		"Url": "https://issuer.example.com", "ClientIDList": []any{"clerk"}, "AccountAlias": "onlyfortheowner",
	}
	made := func(operation string, but ...string) string {
		w.t.Helper()
		in := maps.Clone(names)
		for _, name := range but {
			delete(in, name)
		}
		return w.must(owner, "iam", operation, in)
	}
	made("CreatePolicy")
	user, role := made("CreateUser"), made("CreateRole")
	group := made("CreateGroup")
	for _, operation := range []string{
		"AddUserToGroup", "PutUserPolicy", "PutGroupPolicy", "PutRolePolicy", "AttachUserPolicy", "AttachGroupPolicy", "AttachRolePolicy",
		"CreateAccountAlias", "CreateOpenIDConnectProvider",
	} {
		made(operation)
	}
	key, credential := made("CreateAccessKey"), made("CreateServiceSpecificCredential")

	profile := w.found(w.must(owner, "bedrock", "CreateInferenceProfile", fields{
		"inferenceProfileName": inside, "description": inside, "tags": []any{map[string]any{"key": "purpose", "value": inside}},
		"modelSource": map[string]any{"copyFrom": systemProfile(owner)},
	}), `"inferenceProfileArn":"`, `"`)
	w.must(owner, "bedrock", "PutModelInvocationLoggingConfiguration", logging(inside))
	w.must(owner, "bedrock-runtime", "Converse", fields{"modelId": profile, "messages": saying(), "requestMetadata": map[string]any{"purpose": inside}})
	w.must(owner, "budgets", "CreateBudget", budgetOf(owner.account, inside))
	action := w.found(w.must(owner, "budgets", "CreateBudgetAction", actionOf(owner.account, inside)), `"ActionId":"`, `"`)

	topic := w.found(w.must(owner, "sns", "CreateTopic", topicOf("", inside)), "<TopicArn>", "<")

	b := belongings{all: costs(), special: exceptions(owner, profile), senseless: refusals()}
	b.all["iam"] = iamNames(owner, w.found(key, "<AccessKeyId>", "<"), w.found(credential, "<ServiceSpecificCredentialId>", "<"))
	b.all["bedrock"] = bedrockNames(owner, profile)
	maps.Copy(b.all, calls(profile))
	b.all["budgets"] = budgetOf(owner.account, "stranger").with(actionOf(owner.account, "stranger")).with(fields{
		"ActionId": action, "ResourceARN": "arn:aws:budgets::" + owner.account + ":budget/household",
	})
	b.all["sns"] = topicOf(topic, "theirs")
	b.all["organizations"] = w.organizationNames(owner)
	b.all["sts"] = fields{
		"RoleArn": prefix + "role/clerk-role", "RoleSessionName": "visitor", "WebIdentityToken": "no-token-at-all", "Name": "visitor",
		"AccessKeyId": w.found(key, "<AccessKeyId>", "<"),
	}
	b.ids = []string{w.found(user, "<UserId>", "<"), w.found(role, "<RoleId>", "<"), w.found(group, "<GroupId>", "<")}
	return b
}

// systemProfile is a cross-region profile as an account sees it.
func systemProfile(of asker) string {
	return "arn:aws:bedrock:us-east-1:" + of.account + ":inference-profile/" + simulated
}

func logging(group string) fields {
	return fields{"loggingConfig": map[string]any{
		"textDataDeliveryEnabled": true,
		"cloudWatchConfig":        map[string]any{"logGroupName": group, "roleArn": "arn:aws:iam::111122223333:role/logs"},
	}}
}

func iamNames(owner asker, key, credential string) fields {
	const policy = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"bedrock:*","Resource":"*"}]}`
	prefix := "arn:aws:iam::" + owner.account + ":"
	return fields{
		"UserName": "clerk", "GroupName": "clerks", "RoleName": "clerk-role", "PolicyName": "clerk-policy",
		"PolicyArn": prefix + "policy/clerk-policy", "PolicyDocument": policy, "PermissionsBoundary": prefix + "policy/clerk-policy",
		"AssumeRolePolicyDocument": `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"` + owner.account + `"},"Action":"sts:AssumeRole"}]}`,
		"VersionId":                "v1", "AccessKeyId": key, "ServiceSpecificCredentialId": credential, "ServiceName": "bedrock.amazonaws.com", "Status": "Inactive",
		"Tags": []any{tag("purpose", "mine")}, "TagKeys": []any{"purpose"}, "Description": "mine",
		"PolicySourceArn": prefix + "user/clerk", "ActionNames": []any{"bedrock:InvokeModel"}, "PolicyInputList": []any{policy},
		"OpenIDConnectProviderArn": prefix + "oidc-provider/issuer.example.com", "Url": "https://issuer.example.com", "ClientID": "clerk",
		"ThumbprintList": []any{"0123456789012345678901234567890123456789"}, "AccountAlias": "onlyforthestranger",
		"InstanceProfileName": "clerk-role", "SerialNumber": prefix + "mfa/clerk", "CertificateId": "ABCDEFGHIJKLMNOPQRSTUVWXYZ", "SSHPublicKeyId": "APKAABCDEFGHIJKLMNOP",
	}
}

func bedrockNames(owner asker, profile string) fields {
	return fields{
		"inferenceProfileIdentifier": profile, "resourceARN": profile, "resourceArn": profile, "modelIdentifier": "amazon.nova-lite-v1:0", "modelId": "amazon.nova-lite-v1:0",
		"inferenceProfileName": "theirs", "modelSource": map[string]any{"copyFrom": systemProfile(owner)}, "tagKeys": []any{"purpose"},
		"tags":           []any{map[string]any{"key": "purpose", "value": "mine"}},
		"resourcePolicy": `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":"*","Action":"bedrock:*","Resource":"*"}]}`,
	}.with(logging("theirs"))
}

// calls are questions for models behind the owner's profile, in all shapes, and for what Outcrop tells of calls.
func calls(profile string) map[string]fields {
	short := []any{map[string]any{"role": "user", "content": "Hello"}}
	return map[string]fields{
		"bedrock-runtime": {"modelId": profile, "messages": saying()},
		"openai":          {"model": profile, "messages": short},
		"anthropic":       {"model": profile, "messages": short, "max_tokens": 10},
		"outcrop":         {"profile": simulated, "region": "us-east-1", "request": "0"},
		"outcrop-quotas":  {}, "outcrop-budgets": {},
	}
}

// costs are questions of Cost Explorer about the days around now.
func costs() map[string]fields {
	day := func(n int) string { return time.Now().UTC().AddDate(0, 0, n).Format(time.DateOnly) }
	return map[string]fields{"ce": {
		"TimePeriod":  map[string]any{"Start": day(-1), "End": day(1)},
		"Granularity": "DAILY", "Metrics": []any{"UnblendedCost"}, "TagKey": "purpose", "Dimension": "RESOURCE_ID",
		"CostAllocationTagsStatus": []any{map[string]any{"TagKey": "purpose", "Status": "Inactive"}},
	}}
}

func budgetOf(account, name string) fields {
	b := map[string]any{
		"BudgetName": "household", "BudgetType": "COST", "TimeUnit": "MONTHLY", "BudgetLimit": map[string]any{"Amount": "10", "Unit": "USD"},
		"CostFilters": map[string]any{"TagKeyValue": []any{"user:purpose$" + name}},
	}
	n := map[string]any{"NotificationType": "ACTUAL", "ComparisonOperator": "GREATER_THAN", "Threshold": 80}
	s := map[string]any{"SubscriptionType": "EMAIL", "Address": name + "@example.com"}
	return fields{
		"AccountId": account, "BudgetName": "household", "Budget": b, "NewBudget": b,
		"NotificationsWithSubscribers": []any{map[string]any{"Notification": n, "Subscribers": []any{s}}},
		"Notification":                 n, "OldNotification": n, "NewNotification": n, "Subscriber": s, "OldSubscriber": s, "NewSubscriber": s, "Subscribers": []any{s},
		"ResourceTags": []any{tag("purpose", name)}, "ResourceTagKeys": []any{"purpose"},
	}
}

func actionOf(account, name string) fields {
	return fields{
		"AccountId": account, "BudgetName": "household", "NotificationType": "ACTUAL", "ActionType": "APPLY_IAM_POLICY", "ExecutionType": "APPROVE_BUDGET_ACTION",
		"ActionThreshold":  map[string]any{"ActionThresholdValue": 80, "ActionThresholdType": "PERCENTAGE"},
		"Definition":       map[string]any{"IamActionDefinition": map[string]any{"PolicyArn": "arn:aws:iam::aws:policy/AmazonBedrockReadOnly", "Users": []any{"clerk"}}},
		"ExecutionRoleArn": "arn:aws:iam::" + account + ":role/clerk-role", "ApprovalModel": "MANUAL",
		"Subscribers": []any{map[string]any{"SubscriptionType": "EMAIL", "Address": name + "@example.com"}},
	}
}

func topicOf(topic, name string) fields {
	return fields{
		"Name": "news", "TopicArn": topic, "ResourceArn": topic, "SubscriptionArn": topic + ":11111111-2222-3333-4444-555555555555",
		"AttributeName": "DisplayName", "AttributeValue": name, "Message": "Hello", "Token": "0123456789abcdef", "Protocol": "email", "Endpoint": name + "@example.com",
		"Tags": []any{tag("purpose", name)}, "TagKeys": []any{"purpose"},
		"Attributes": map[string]any{"entry": map[string]any{"1": map[string]any{"key": "DisplayName", "value": name}}},
	}
}

// organizationNames are those of the owner's place in the organisation.
func (w *town) organizationNames(owner asker) fields {
	w.t.Helper()
	root := w.found(w.must(w.main, "organizations", "ListRoots", nil), `"Id":"`, `"`)
	unit := w.found(w.must(w.main, "organizations", "CreateOrganizationalUnit", fields{"ParentId": root, "Name": inside}), `"Id":"`, `"`)
	policy := w.found(w.must(w.main, "organizations", "CreatePolicy", fields{
		"Type": "SERVICE_CONTROL_POLICY", "Name": inside, "Description": inside,
		"Content": `{"Version":"2012-10-17","Statement":{"Effect":"Deny","Action":"bedrock:CreateX","Resource":"*"}}`,
	}), `"Id":"`, `"`)
	return fields{
		"AccountId": owner.account, "ParentId": root, "SourceParentId": root, "DestinationParentId": unit, "OrganizationalUnitId": unit,
		"RootId": root, "ChildId": owner.account, "ChildType": "ACCOUNT", "TargetId": owner.account, "ResourceId": owner.account, "PolicyId": policy,
		"PolicyType": "SERVICE_CONTROL_POLICY", "Filter": "SERVICE_CONTROL_POLICY", "Type": "SERVICE_CONTROL_POLICY", "FeatureSet": "ALL",
		"Name": "theirs", "Description": "theirs", "Email": "theirs@example.com", "AccountName": "theirs", "CreateAccountRequestId": "car-0123456789abcdef0123456789abcdef",
		"Content": `{"Version":"2012-10-17","Statement":{"Effect":"Deny","Action":"*","Resource":"*"}}`,
		"Tags":    []any{tag("purpose", "theirs")}, "TagKeys": []any{"purpose"},
	}
}

// exceptions are questions in which a name means something else than elsewhere in its API.
func exceptions(owner asker, profile string) map[string]map[string]fields {
	trust := fields{"PolicyDocument": `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"` + owner.account + `"},"Action":"sts:AssumeRole"}]}`}
	day := func(n int) string { return time.Now().UTC().AddDate(0, 0, n).Format(time.DateOnly) }
	ahead := fields{"TimePeriod": map[string]any{"Start": day(0), "End": day(3)}, "Metric": "UNBLENDED_COST"}
	return map[string]map[string]fields{
		"iam": {"UpdateAssumeRolePolicy": trust},
		"ce": {
			"GetCostAndUsage":              {"GroupBy": []any{map[string]any{"Type": "TAG", "Key": "purpose"}}},
			"GetCostAndUsageWithResources": {"Filter": map[string]any{"Dimensions": map[string]any{"Key": "REGION", "Values": []any{"us-east-1"}}}},
			"GetCostForecast":              ahead,
			"GetUsageForecast":             ahead.with(fields{"Metric": "USAGE_QUANTITY", "Filter": map[string]any{"Dimensions": map[string]any{"Key": "REGION", "Values": []any{"us-east-1"}}}}),
		},
		"bedrock-runtime": {
			"InvokeModel":                   {"messages": saying()},
			"InvokeModelWithResponseStream": {"messages": saying()},
			"CountTokens":                   {"input": map[string]any{"converse": map[string]any{"messages": saying()}}},
		},
		"sns":    {"Subscribe": {"Attributes": nil}},
		"openai": {"CreateResponse": {"input": "Hello"}},
	}
}

// refusals are operations that refuse what is asked of them whoever asks.
func refusals() map[string]bool {
	return map[string]bool{"sns ConfirmSubscription": true} // only the subscriber knows the token
}
