/** Values of a series a minute apart, in promtool's notation, by the labels besides those of the release. */
type Series = Readonly<Record<string, string>>;

/** AlertInput is series with which an alert fires, with how many labels it says so, and series with which it does not. */
export interface AlertInput {
  readonly fires: Series;
  /** Labels of the alert that fires, besides its severity. */
  readonly labels?: Readonly<Record<string, string>>;
  readonly quiet: Series;
}

const NODE = 'pod="node-1"';
const STAGE = 'ApiName="pets", Stage="live"';
const onNode = { pod: "node-1" };

const node = (metric: string, firing: string, quiet: string): AlertInput => ({
  fires: { [`${metric}{${NODE}}`]: firing },
  labels: onNode,
  quiet: { [`${metric}{${NODE}}`]: quiet },
});
const sum = (metric: string, firing: string, quiet: string): AlertInput => ({
  ...node(metric, firing, quiet),
  labels: {},
});

/** Inputs last 75 minutes, so that alerts that wait for an hour fire as well. */
export const ALERT_INPUTS: Readonly<Record<string, AlertInput>> = {
  TollgateServerErrors: {
    fires: { [`Count_total{${STAGE}}`]: "0+60x75", [`_5XXError_total{${STAGE}}`]: "0+4x75" },
    labels: { ApiName: "pets", Stage: "live" },
    quiet: { [`Count_total{${STAGE}}`]: "0+60x75", [`_5XXError_total{${STAGE}}`]: "0+2x75" },
  },
  TollgateNoNodes: {
    fires: { 'tollgate_workers{job="of-another-release"}': "2x75" },
    labels: {},
    quiet: { [`tollgate_workers{${NODE}}`]: "2x75" },
  },
  TollgateProcessDown: node("up", "0x75", "1x75"),
  TollgateNodesNotConnected: {
    fires: {
      'tollgate_workers{pod="a"}': "2x75",
      'tollgate_workers{pod="b"}': "2x75",
      "tollgate_nodes_connected{}": "1x75",
    },
    labels: {},
    quiet: {
      'tollgate_workers{pod="a"}': "2x75",
      'tollgate_workers{pod="b"}': "2x75",
      "tollgate_nodes_connected{}": "2x75",
    },
  },
  TollgateNodeBehind: {
    fires: {
      'tollgate_config_revision{pod="node-1"}': "7x75",
      'tollgate_config_revision{pod="node-2"}': "8x75",
    },
    labels: onNode,
    quiet: {
      'tollgate_config_revision{pod="node-1"}': "8x75",
      'tollgate_config_revision{pod="node-2"}': "8x75",
    },
  },
  TollgateConfigRefused: node("tollgate_config_nacks_total", "0x70 1x5", "1x75"),
  TollgateConfigNotSaved: node("tollgate_config_unsaved_seconds", "0+60x75", "0x75"),
  TollgateWorkersEnd: node("tollgate_worker_restarts_total", "0x65 4x10", "0x65 1x10"),
  TollgateCallsRefused: {
    fires: { [`tollgate_calls_refused_total{${NODE}, reason="memory"}`]: "0+1x75" },
    labels: { ...onNode, reason: "memory" },
    quiet: { [`tollgate_calls_refused_total{${NODE}, reason="memory"}`]: "9x75" },
  },
  TollgateLimitsAlone: node("tollgate_limits_alone", "1x75", "0x75"),
  TollgateSpoolGrows: {
    fires: {
      [`tollgate_usage_spool_backlog_bytes{${NODE}}`]: "30x75",
      [`tollgate_usage_spool_limit_bytes{${NODE}}`]: "100x75",
    },
    labels: onNode,
    quiet: {
      [`tollgate_usage_spool_backlog_bytes{${NODE}}`]: "10x75",
      [`tollgate_usage_spool_limit_bytes{${NODE}}`]: "100x75",
    },
  },
  TollgateSpoolNearlyFull: {
    fires: {
      [`tollgate_usage_spool_backlog_bytes{${NODE}}`]: "90x75",
      [`tollgate_usage_spool_limit_bytes{${NODE}}`]: "100x75",
    },
    labels: onNode,
    quiet: {
      [`tollgate_usage_spool_backlog_bytes{${NODE}}`]: "30x75",
      [`tollgate_usage_spool_limit_bytes{${NODE}}`]: "100x75",
    },
  },
  TollgateUsageLost: node("tollgate_usage_lost_total", "0x65 5x10", "5x75"),
  TollgateUsageMissing: sum("tollgate_metering_missing", "3x75", "0x75"),
  TollgateUsageLate: sum("tollgate_metering_unsettled_seconds", "90x75", "30x75"),
  TollgateNotPublished: {
    fires: { 'tollgate_metering_publishing_lag_seconds{topic="t"}': "400x75" },
    labels: { topic: "t" },
    quiet: { 'tollgate_metering_publishing_lag_seconds{topic="t"}': "100x75" },
  },
  TollgateBillingEventsDead: {
    fires: { 'tollgate_metering_deliveries{state="DEAD"}': "2x75" },
    labels: { state: "DEAD" },
    quiet: {
      'tollgate_metering_deliveries{state="DEAD"}': "0x75",
      'tollgate_metering_deliveries{state="PENDING"}': "2x75",
    },
  },
  TollgateUsageDamaged: sum("tollgate_metering_damaged_total", "0x65 1x10", "1x75"),
  TollgateClockAhead: sum("tollgate_metering_early_total", "0x65 1x10", "1x75"),
  TollgateCountingsDiffer: {
    fires: { 'tollgate_metering_differences{kind="ledger"}': "1x75" },
    labels: { kind: "ledger" },
    quiet: { 'tollgate_metering_differences{kind="ledger"}': "0x75" },
  },
  TollgateCountingsNotCompared: sum("tollgate_metering_comparison_age_seconds", "8000x75", "0x75"),
  TollgateUsageDatabaseAway: sum("tollgate_metering_store_connected", "0x75", "1x75"),
  TollgateLogsDropped: {
    fires: {
      [`tollgate_logs_dropped_total{${NODE}}`]: "0x65 1x10",
      [`tollgate_logs_lost_total{${NODE}}`]: "0x75",
    },
    labels: onNode,
    quiet: {
      [`tollgate_logs_dropped_total{${NODE}}`]: "1x75",
      [`tollgate_logs_lost_total{${NODE}}`]: "0x75",
    },
  },
  TollgateLogStoreDamaged: sum("tollgate_log_store_damaged", "1x75", "0x75"),
  TollgateMetricsRefused: sum("tollgate_metric_store_refused_total", "0x65 1x10", "1x75"),
  TollgateStoreAway: sum("tollgate_store_reachable", "0x75", "1x75"),
  TollgateStoreFills: {
    fires: { "tollgate_store_size_bytes{}": "90x75", "tollgate_store_quota_bytes{}": "100x75" },
    labels: {},
    quiet: { "tollgate_store_size_bytes{}": "50x75", "tollgate_store_quota_bytes{}": "100x75" },
  },
  TollgateControlPlaneBehind: node("tollgate_mirror_lag", "2x75", "0x75"),
  TollgateCertificateEnds: sum("tollgate_certificates_validity_seconds", "1000000x75", "2000000x75"),
  TollgateClientCertificateEnds: sum(
    "tollgate_client_certificates_validity_seconds",
    "1000000x75",
    "2000000x75",
  ),
  TollgateCertificateNotIssued: sum("tollgate_certificates_failing", "1x75", "0x75"),
  TollgateAuditWaits: node("tollgate_audit_spool_bytes", "100x75", "0x75"),
  TollgateRolloutStopped: {
    fires: {
      'tollgate_rollout_state{state="stopped"}': "1x75",
      'tollgate_rollout_state{state="rolling"}': "0x75",
    },
    labels: { state: "stopped" },
    quiet: {
      'tollgate_rollout_state{state="stopped"}': "0x75",
      'tollgate_rollout_state{state="rolling"}': "1x75",
    },
  },
};
