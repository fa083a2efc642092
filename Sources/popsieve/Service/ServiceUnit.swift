// systemd's units: the service with all doors closed that it does not need, and its sockets.
// Must not close one that a scanner or PCRE2's compiler goes through.

struct ServiceUnit {
    let installation: ServiceInstallation
    /// systemd opens the sockets.
    let hasSocket: Bool
    /// `Type=notify-reload`, which systemd 252 does not know.
    let notifyReload: Bool

    private var needsPrivilege: Bool { installation.hasLowPort && !hasSocket }

    var text: String {
        """
        # \(installation.origin)
        [Unit]
        Description=Popsieve, a POP3 relay that filters mail with Sieve
        Documentation=man:popsieve(1)
        Wants=network-online.target
        After=network-online.target nss-lookup.target\(hasSocket ? " popsieve.socket\nRequires=popsieve.socket" : "")

        [Service]
        ExecStart=\(installation.program.unitPath) serve --config \(installation.config.unitArgument)
        \(start)
        Restart=on-failure
        # What is wrong with the command line or the settings is wrong the next time, too.
        RestartPreventExitStatus=64 66 78
        WatchdogSec=30s
        # Sessions have 30 s to end.
        TimeoutStopSec=45s
        User=\(installation.user)
        UMask=0027
        LimitNOFILE=65536
        LimitCORE=0
        # What it prints when it crashes would have memory in it, and so passwords.
        Environment=SWIFT_BACKTRACE=enable=no
        \(folders)

        # Nothing but what it needs; `systemd-analyze security popsieve` tells what is left.
        \(capabilities)
        NoNewPrivileges=yes
        ProtectSystem=strict
        ProtectHome=\(installation.reachesHomes ? "read-only" : "yes")
        PrivateTmp=yes
        PrivateMounts=yes
        PrivateDevices=yes
        ProtectProc=invisible
        ProcSubset=pid
        ProtectClock=yes
        ProtectControlGroups=yes
        ProtectHostname=yes
        ProtectKernelLogs=yes
        ProtectKernelModules=yes
        ProtectKernelTunables=yes
        LockPersonality=yes
        KeyringMode=private
        RemoveIPC=yes
        RestrictNamespaces=yes
        RestrictRealtime=yes
        RestrictSUIDSGID=yes
        # AF_NETLINK: looking up names asks which addresses this machine has.
        RestrictAddressFamilies=AF_INET AF_INET6 AF_UNIX AF_NETLINK
        SystemCallArchitectures=native
        SystemCallFilter=@system-service
        SystemCallFilter=~@privileged @resources
        SystemCallErrorNumber=EPERM
        # Not MemoryDenyWriteExecute=yes: PCRE2 compiles regular expressions into memory, and they would be slower.
        \(install)
        """
    }

    private var start: String {
        notifyReload ? "Type=notify-reload" : "Type=notify\nExecReload=/bin/kill -HUP $MAINPID"
    }

    private var folders: String {
        let foreign = installation.foreignFolders.map { "\nReadWritePaths=\($0.unitPath)" }.joined()
        return """
            StateDirectory=popsieve
            StateDirectoryMode=0700
            LogsDirectory=popsieve
            LogsDirectoryMode=0750
            RuntimeDirectory=popsieve
            RuntimeDirectoryMode=0750
            """ + foreign
    }

    /// Privileges of a user namespace are none over the machine's ports.
    private var capabilities: String {
        guard needsPrivilege else { return "CapabilityBoundingSet=\nPrivateUsers=yes" }
        return "CapabilityBoundingSet=CAP_NET_BIND_SERVICE\nAmbientCapabilities=CAP_NET_BIND_SERVICE"
    }

    private var install: String {
        "\n[Install]\n" + (hasSocket ? "Also=popsieve.socket\n" : "") + "WantedBy=multi-user.target\n"
    }
}

extension ServiceInstallation {
    /// The sockets of all listeners.
    var socketUnit: String {
        let addresses = settings.listeners.map { ($0.path ?? $0.address).replacing("%", with: "%%") }
        let streams = addresses.map { "ListenStream=\($0)" }.joined(separator: "\n")
        return """
            # \(origin)
            [Unit]
            Description=Sockets of Popsieve

            [Socket]
            \(streams)
            NoDelay=yes
            Backlog=4096

            [Install]
            WantedBy=sockets.target

            """
    }
}

extension String {
    /// As a path in a unit file: systemd puts something in the place of `%`.
    fileprivate var unitPath: String {
        let escaped = replacing("\\", with: "\\\\").replacing("%", with: "%%")
        let isPlain = !contains { " \"';\\".contains($0) }
        return isPlain ? escaped : "\"\(escaped.replacing("\"", with: "\\\""))\""
    }

    /// As an argument of a command, in which there are variables, too.
    fileprivate var unitArgument: String { replacing("$", with: "$$").unitPath }
}
