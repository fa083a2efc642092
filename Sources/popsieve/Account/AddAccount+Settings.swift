// What a new account changes in the settings file: itself, and the upstream and the provider that it needs.
// Must not let anybody in who did not get in before, nor shut anybody out.

extension AccountCommand.Add {
    func write(
        _ plan: AccountPlan,
        _ name: String,
        _ fields: [(String, String)],
        _ settings: AccountSettings
    ) throws {
        try settings.change { edit, now in
            // Somebody else may have been quicker.
            try refuseSecond(name, now)
            try write(plan, fields, now.settings, &edit)
        }
    }

    private func write(
        _ plan: AccountPlan,
        _ fields: [(String, String)],
        _ before: Settings,
        _ edit: inout SettingsEdit
    ) throws(SettingsEditFault) {
        let same = before.upstreams.first {
            $0.host.lowercased() == plan.server.host && $0.port == plan.server.port
        }
        let name = same?.name ?? freeName(plan.name, before.upstreams.map(\.name))
        var fields = fields
        if same == nil || before.upstreams.count > 1 {
            fields.insert(("upstream", name.quoted), at: fields.count - 1)
        }
        if same == nil { try addUpstream(name, plan.server, before, &edit) }
        if let same, before.hasOpenDoor {
            // Whoever got in goes on getting in.
            try edit.add("- { user: \"*\", upstream: \(same.name.quoted) }", below: "routes")
        }
        let isNewProvider =
            if case .oauth(let provider, _) = plan.signIn {
                !before.providers.contains { $0.name == provider }
            } else { false }
        if case .oauth(_, let added?) = plan.signIn, isNewProvider { try edit.add(added, below: "oauth") }
        try edit.add("- \(flow(fields))", below: "accounts")
    }

    private func addUpstream(
        _ name: String,
        _ server: MailServer,
        _ before: Settings,
        _ edit: inout SettingsEdit
    ) throws(SettingsEditFault) {
        let others = edit.holds("upstream") ? freeName("upstream", [name]) : before.upstreams.first?.name
        // Accounts that meant the only upstream go on meaning it; from the last on, so that places stay right.
        if before.upstreams.count == 1, before.routes.isEmpty, before.directory == nil, let others {
            for account in before.accounts.reversed() where account.upstream == nil {
                edit.add("upstream: \(others.quoted)", toElementAt: account.places.section.line ?? 0)
            }
        }
        if edit.holds("upstream"), let others {
            try edit.nameUpstream(others)
            // Whom it was for goes on getting there.
            if before.hasOpenDoor {
                try edit.add("- { user: \"*\", upstream: \(others) }", below: "routes")
            }
        }
        let tls = server.beginsPlain ? "starttls" : "implicit"
        try edit.add(
            "\(name): { host: \(server.host.quoted), port: \(server.port), tls: \(tls) }",
            below: "upstreams"
        )
    }

    private func freeName(_ name: String, _ taken: [String]) -> String {
        guard taken.contains(name) else { return name }
        return (2...).lazy.map { "\(name)\($0)" }.first { !taken.contains($0) } ?? name
    }
}

extension Settings {
    /// Whether everybody's login is passed on to the only upstream.
    fileprivate var hasOpenDoor: Bool {
        !upstreams.isEmpty && routes.isEmpty && accounts.isEmpty && directory == nil
    }
}
