// From settings to a directory that sessions can ask.
// Must not ask anything: a directory that is down stops no start.

import HTTPClient
import NIOCore
import Relay

extension Loaded {
    /// With the directory that the settings name, if they name one.
    ///
    /// - Parameter delaysRefusals: whoever guesses waits as long as the directory says
    func withDirectory(on group: any EventLoopGroup, delaysRefusals: Bool = true) -> Loaded {
        guard let directory else { return self }
        let client = HTTPClient(on: group, context: directory.context, proxy: nil, patience: directory.patience)
        var loaded = self
        loaded.configuration.directory = .init(
            AuthHTTP(directory, client, delaysRefusals: delaysRefusals),
            upstream: directory.upstream,
            networks: directory.networks
        )
        return loaded
    }
}
