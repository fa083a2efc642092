// The two ways to look into a relay that runs: the control socket, and metrics over HTTP.
// Must not keep mail from going on: what fails here is told, and done without.

import Glibc
import Logging
import NIOCore
import NIOPosix
import Relay
import Transport

/// Both, as the settings have them; a reload may open, move and close them.
actor Windows {
    private let group: any EventLoopGroup
    private let source: MetricsSource
    private let log: Logger
    private var respond: ControlResponder?
    private var control: ControlServer?
    private var controlPaths: [String] = []
    private var metrics: MetricsServer?

    /// - Parameter group: what their connections run on
    init(on group: any EventLoopGroup, _ source: MetricsSource, _ log: Logger) {
        self.group = group
        self.source = source
        self.log = log
    }

    /// When the relay serves; from then on whoever asks is answered.
    func open(_ loaded: Loaded, _ metrics: MetricsServer?, _ respond: @escaping ControlResponder) async {
        self.respond = respond
        _ = await put(loaded, metrics)
    }

    /// Takes the address of the settings, unless it is in use already.
    ///
    /// - Returns: nil where nothing changes, or there is to be none
    func prepareMetrics(_ loaded: Loaded) async throws(LoadError) -> MetricsServer? {
        guard let setting = loaded.metrics, setting != metrics?.setting else { return nil }
        do {
            return try await MetricsServer.bind(setting, on: group, source)
        } catch {
            // Before it serves itself: two relays with the same settings are the usual reason.
            let isSecond = respond == nil && (error as? IOError)?.errnoCode == EADDRINUSE
            throw .metrics(setting, at: loaded.metricsPlace, error, isSecond: isSecond)
        }
    }

    /// Where metrics are served; nil: nowhere.
    var metricsAddress: String? { metrics?.address }

    /// - Returns: what has changed, in words
    func put(_ loaded: Loaded, _ prepared: MetricsServer?) async -> [String] {
        var changes: [String] = []
        if let prepared {
            await metrics?.close()
            metrics = prepared
            changes.append("metrics: served on \(prepared.address)")
        } else if loaded.metrics == nil, let old = metrics {
            metrics = nil
            await old.close()
            changes.append("metrics: not served on \(old.address) any more")
        }
        if loaded.controlPaths != controlPaths || control == nil, let respond {
            let old = control
            controlPaths = loaded.controlPaths
            control = await ControlServer.open(controlPaths, on: group, log, respond)
            if let old {
                // Who has asked for this reload waits there for an answer.
                Task { await old.closeSoon() }
            }
            if let control { changes.append("control: \(control.path)") }
        }
        for change in changes { log.notice("\(change)") }
        return changes
    }

    /// Both places are another relay's from now on.
    func giveWay() async {
        respond = nil
        let last = (metrics, control)
        (metrics, control) = (nil, nil)
        await last.0?.close()
        await last.1?.giveWay()
    }

    func close() async {
        await metrics?.close()
        await control?.closeSoon()
    }
}

extension LoadError {
    /// Metrics can't be served there.
    ///
    /// - Parameter isSecond: another relay may have the address
    static func metrics(
        _ setting: Settings.Metrics,
        at place: Place,
        _ error: any Error,
        isSecond: Bool
    ) -> LoadError {
        let message = "metrics can't be served on \(setting.address): \(NetworkReason(error))"
        let other = "name another address, or metrics: none"
        let first = "a relay with these settings may run already (popsieve status): stop it, or serve --take-over"
        return LoadError(place, message, isSecond ? "\(first); or \(other)" : other)
    }
}
