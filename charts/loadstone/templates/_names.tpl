{{- define "loadstone.name" -}}
{{- default .Chart.Name .Values.nameOverride | trunc 54 | trimSuffix "-" }}
{{- end }}

{{/* At most 54 characters, which leaves room for -operator and -speaker in a label value. */}}
{{- define "loadstone.fullname" -}}
{{- if .Values.fullnameOverride }}
{{- .Values.fullnameOverride | trunc 54 | trimSuffix "-" }}
{{- else if contains (include "loadstone.name" .) .Release.Name }}
{{- .Release.Name | trunc 54 | trimSuffix "-" }}
{{- else }}
{{- printf "%s-%s" .Release.Name (include "loadstone.name" .) | trunc 54 | trimSuffix "-" }}
{{- end }}
{{- end }}

{{- define "loadstone.operator" -}}
{{ include "loadstone.fullname" . }}-operator
{{- end }}

{{- define "loadstone.speaker" -}}
{{ include "loadstone.fullname" . }}-speaker
{{- end }}

{{- define "loadstone.operator.serviceAccount" -}}
{{- with .Values.operator.serviceAccount }}
{{- .name | default (.create | ternary (include "loadstone.operator" $) "default") }}
{{- end }}
{{- end }}

{{- define "loadstone.speaker.serviceAccount" -}}
{{- with .Values.speaker.serviceAccount }}
{{- .name | default (.create | ternary (include "loadstone.speaker" $) "default") }}
{{- end }}
{{- end }}

{{- define "loadstone.configNamespace" -}}
{{- .Values.configNamespace | default .Release.Namespace }}
{{- end }}

{{- define "loadstone.image" -}}
{{ .Values.image.repository }}:{{ .Values.image.tag | default .Chart.AppVersion }}
{{- end }}

{{/* What never changes for one release: selectors are made of these. */}}
{{- define "loadstone.selector" -}}
app.kubernetes.io/name: {{ include "loadstone.name" . }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{- define "loadstone.labels" -}}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" | trunc 63 | trimSuffix "-" }}
{{ include "loadstone.selector" . }}
app.kubernetes.io/version: {{ .Values.image.tag | default .Chart.AppVersion | trunc 63 | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
{{- end }}

{{- define "loadstone.operator.selector" -}}
{{ include "loadstone.selector" . }}
app.kubernetes.io/component: operator
{{- end }}

{{- define "loadstone.speaker.selector" -}}
{{ include "loadstone.selector" . }}
app.kubernetes.io/component: speaker
{{- end }}

{{/* What operator and speaker both are told. */}}
{{- define "loadstone.environment" -}}
- name: POD_NAME
  valueFrom: { fieldRef: { fieldPath: metadata.name } }
- name: POD_NAMESPACE
  valueFrom: { fieldRef: { fieldPath: metadata.namespace } }
- name: LOADSTONE_CONFIG_NAMESPACE
  value: {{ include "loadstone.configNamespace" . | quote }}
{{- end }}
