// @ts-nocheck
// Generated from crds/manifests by crds/generate.mjs. Do not edit.
import { formats } from '../formats'
import type { Contract, Validate } from '../salvage'
import type { AnnouncementPlanSpec, AnnouncementPlanStatus, AnnouncementSliceSpec, RouteSetSpec } from './types'

const schema11 = {"$id":"AnnouncementPlanSpec","type":"object","required":["node","sessions","routeSets","slices","excludeInterfaces","partners"],"properties":{"node":{"type":"string","filled":true},"sessions":{"type":"array","items":{"type":"object","required":["peer","port","myASN","families","holdSeconds","keepaliveSeconds","connectSeconds","ebgpMultiHop"],"exactlyOne":[["address","interface"],["peerASN","dynamicASN"]],"properties":{"peer":{"type":"string","filled":true},"address":{"type":"string","filled":true,"format":"ip"},"interface":{"type":"string","filled":true},"port":{"whole":[1,65535]},"myASN":{"whole":[1,4294967295]},"peerASN":{"whole":[1,4294967295]},"dynamicASN":{"type":"string","enum":["external","internal"]},"families":{"type":"array","minItems":1,"items":{"type":"string","enum":["ipv4","ipv6"]}},"holdSeconds":{"whole":[0,65535],"holdTime":3},"keepaliveSeconds":{"whole":[0,65535]},"connectSeconds":{"whole":[1,65535]},"routerID":{"type":"string","filled":true,"format":"ipv4"},"sourceAddress":{"type":"string","filled":true,"format":"ip"},"vrf":{"type":"string","filled":true},"ebgpMultiHop":{"type":"boolean"},"gracefulRestartSeconds":{"whole":[0,4095]},"bfd":{"type":"object","required":["profile","receiveIntervalMillis","transmitIntervalMillis","detectMultiplier","passive"],"properties":{"profile":{"type":"string","filled":true},"receiveIntervalMillis":{"whole":[10,60000]},"transmitIntervalMillis":{"whole":[10,60000]},"detectMultiplier":{"whole":[2,255]},"passive":{"type":"boolean"},"minimumTtl":{"whole":[1,254]}}},"passwordSecret":{"type":"object","required":["name","resourceVersion"],"properties":{"name":{"type":"string","filled":true},"resourceVersion":{"type":"string","filled":true}}}}}},"routeSets":{"type":"array","items":{"type":"string","filled":true}},"slices":{"type":"array","items":{"type":"string","filled":true}},"excludeInterfaces":{"type":"array","items":{"type":"string","filled":true,"format":"pattern"}},"leaving":{"type":"string","enum":["shutdown","out-of-service","drain"]},"staying":{"type":"string","filled":true},"partners":{"type":"array","items":{"type":"object","required":["node","links"],"properties":{"node":{"type":"string","filled":true},"links":{"type":"array","items":{"type":"object","required":["name","mac","addresses"],"properties":{"name":{"type":"string","filled":true},"mac":{"type":"string","filled":true,"format":"mac"},"addresses":{"type":"array","items":{"type":"string","filled":true,"format":"ip"}}}}}}}}}};
const formats0 = formats.ip;
const formats2 = formats.ipv4;
const formats6 = formats.pattern;
const formats8 = formats.mac;
function validate10(data) {
const instancePath = ""
let vErrors = null;
if(data && typeof data == "object" && !Array.isArray(data)){
if(data.node === undefined){
(vErrors ??= []).push({instancePath,keyword:"required",params:{missingProperty: "node"}});
}
if(data.sessions === undefined){
(vErrors ??= []).push({instancePath,keyword:"required",params:{missingProperty: "sessions"}});
}
if(data.routeSets === undefined){
(vErrors ??= []).push({instancePath,keyword:"required",params:{missingProperty: "routeSets"}});
}
if(data.slices === undefined){
(vErrors ??= []).push({instancePath,keyword:"required",params:{missingProperty: "slices"}});
}
if(data.excludeInterfaces === undefined){
(vErrors ??= []).push({instancePath,keyword:"required",params:{missingProperty: "excludeInterfaces"}});
}
if(data.partners === undefined){
(vErrors ??= []).push({instancePath,keyword:"required",params:{missingProperty: "partners"}});
}
if(data.node !== undefined){
let data0 = data.node;
if(typeof data0 === "string"){
if(data0 === ""){
(vErrors ??= []).push({instancePath:instancePath+"/node",keyword:"filled",params:{}});
}
}
else {
(vErrors ??= []).push({instancePath:instancePath+"/node",keyword:"type",params:{type: "string"}});
}
}
if(data.sessions !== undefined){
let data1 = data.sessions;
if(Array.isArray(data1)){
const len0 = data1.length;
for(let i0=0; i0<len0; i0++){
let data2 = data1[i0];
if(data2 && typeof data2 == "object" && !Array.isArray(data2)){
if(data2.peer === undefined){
(vErrors ??= []).push({instancePath:instancePath+"/sessions/" + i0,keyword:"required",params:{missingProperty: "peer"}});
}
if(data2.port === undefined){
(vErrors ??= []).push({instancePath:instancePath+"/sessions/" + i0,keyword:"required",params:{missingProperty: "port"}});
}
if(data2.myASN === undefined){
(vErrors ??= []).push({instancePath:instancePath+"/sessions/" + i0,keyword:"required",params:{missingProperty: "myASN"}});
}
if(data2.families === undefined){
(vErrors ??= []).push({instancePath:instancePath+"/sessions/" + i0,keyword:"required",params:{missingProperty: "families"}});
}
if(data2.holdSeconds === undefined){
(vErrors ??= []).push({instancePath:instancePath+"/sessions/" + i0,keyword:"required",params:{missingProperty: "holdSeconds"}});
}
if(data2.keepaliveSeconds === undefined){
(vErrors ??= []).push({instancePath:instancePath+"/sessions/" + i0,keyword:"required",params:{missingProperty: "keepaliveSeconds"}});
}
if(data2.connectSeconds === undefined){
(vErrors ??= []).push({instancePath:instancePath+"/sessions/" + i0,keyword:"required",params:{missingProperty: "connectSeconds"}});
}
if(data2.ebgpMultiHop === undefined){
(vErrors ??= []).push({instancePath:instancePath+"/sessions/" + i0,keyword:"required",params:{missingProperty: "ebgpMultiHop"}});
}
if(data2.peer !== undefined){
let data3 = data2.peer;
if(typeof data3 === "string"){
if(data3 === ""){
(vErrors ??= []).push({instancePath:instancePath+"/sessions/" + i0+"/peer",keyword:"filled",params:{}});
}
}
else {
(vErrors ??= []).push({instancePath:instancePath+"/sessions/" + i0+"/peer",keyword:"type",params:{type: "string"}});
}
}
if(data2.address !== undefined){
let data4 = data2.address;
if(typeof data4 === "string"){
if(!(formats0(data4))){
(vErrors ??= []).push({instancePath:instancePath+"/sessions/" + i0+"/address",keyword:"format",params:{format: "ip"}});
}
if(data4 === ""){
(vErrors ??= []).push({instancePath:instancePath+"/sessions/" + i0+"/address",keyword:"filled",params:{}});
}
}
else {
(vErrors ??= []).push({instancePath:instancePath+"/sessions/" + i0+"/address",keyword:"type",params:{type: "string"}});
}
}
if(data2.interface !== undefined){
let data5 = data2.interface;
if(typeof data5 === "string"){
if(data5 === ""){
(vErrors ??= []).push({instancePath:instancePath+"/sessions/" + i0+"/interface",keyword:"filled",params:{}});
}
}
else {
(vErrors ??= []).push({instancePath:instancePath+"/sessions/" + i0+"/interface",keyword:"type",params:{type: "string"}});
}
}
if(data2.port !== undefined){
let data6 = data2.port;
if(!Number.isInteger(data6) || data6 < 1 || data6 > 65535){
(vErrors ??= []).push({instancePath:instancePath+"/sessions/" + i0+"/port",keyword:"whole",params:{least: 1, most: 65535}});
}
}
if(data2.myASN !== undefined){
let data7 = data2.myASN;
if(!Number.isInteger(data7) || data7 < 1 || data7 > 4294967295){
(vErrors ??= []).push({instancePath:instancePath+"/sessions/" + i0+"/myASN",keyword:"whole",params:{least: 1, most: 4294967295}});
}
}
if(data2.peerASN !== undefined){
let data8 = data2.peerASN;
if(!Number.isInteger(data8) || data8 < 1 || data8 > 4294967295){
(vErrors ??= []).push({instancePath:instancePath+"/sessions/" + i0+"/peerASN",keyword:"whole",params:{least: 1, most: 4294967295}});
}
}
if(data2.dynamicASN !== undefined){
let data9 = data2.dynamicASN;
if(typeof data9 !== "string"){
(vErrors ??= []).push({instancePath:instancePath+"/sessions/" + i0+"/dynamicASN",keyword:"type",params:{type: "string"}});
}
if(!((data9 === "external") || (data9 === "internal"))){
(vErrors ??= []).push({instancePath:instancePath+"/sessions/" + i0+"/dynamicASN",keyword:"enum",params:{allowedValues: schema11.properties.sessions.items.properties.dynamicASN.enum}});
}
}
if(data2.families !== undefined){
let data10 = data2.families;
if(Array.isArray(data10)){
if(data10.length < 1){
(vErrors ??= []).push({instancePath:instancePath+"/sessions/" + i0+"/families",keyword:"minItems",params:{limit: 1}});
}
const len1 = data10.length;
for(let i1=0; i1<len1; i1++){
let data11 = data10[i1];
if(typeof data11 !== "string"){
(vErrors ??= []).push({instancePath:instancePath+"/sessions/" + i0+"/families/" + i1,keyword:"type",params:{type: "string"}});
}
if(!((data11 === "ipv4") || (data11 === "ipv6"))){
(vErrors ??= []).push({instancePath:instancePath+"/sessions/" + i0+"/families/" + i1,keyword:"enum",params:{allowedValues: schema11.properties.sessions.items.properties.families.items.enum}});
}
}
}
else {
(vErrors ??= []).push({instancePath:instancePath+"/sessions/" + i0+"/families",keyword:"type",params:{type: "array"}});
}
}
if(data2.holdSeconds !== undefined){
let data12 = data2.holdSeconds;
if(!Number.isInteger(data12) || data12 < 0 || data12 > 65535){
(vErrors ??= []).push({instancePath:instancePath+"/sessions/" + i0+"/holdSeconds",keyword:"whole",params:{least: 0, most: 65535}});
}
if(typeof data12 === "number" && data12 > 0 && data12 < 3){
(vErrors ??= []).push({instancePath:instancePath+"/sessions/" + i0+"/holdSeconds",keyword:"holdTime",params:{least: 3}});
}
}
if(data2.keepaliveSeconds !== undefined){
let data13 = data2.keepaliveSeconds;
if(!Number.isInteger(data13) || data13 < 0 || data13 > 65535){
(vErrors ??= []).push({instancePath:instancePath+"/sessions/" + i0+"/keepaliveSeconds",keyword:"whole",params:{least: 0, most: 65535}});
}
}
if(data2.connectSeconds !== undefined){
let data14 = data2.connectSeconds;
if(!Number.isInteger(data14) || data14 < 1 || data14 > 65535){
(vErrors ??= []).push({instancePath:instancePath+"/sessions/" + i0+"/connectSeconds",keyword:"whole",params:{least: 1, most: 65535}});
}
}
if(data2.routerID !== undefined){
let data15 = data2.routerID;
if(typeof data15 === "string"){
if(!(formats2(data15))){
(vErrors ??= []).push({instancePath:instancePath+"/sessions/" + i0+"/routerID",keyword:"format",params:{format: "ipv4"}});
}
if(data15 === ""){
(vErrors ??= []).push({instancePath:instancePath+"/sessions/" + i0+"/routerID",keyword:"filled",params:{}});
}
}
else {
(vErrors ??= []).push({instancePath:instancePath+"/sessions/" + i0+"/routerID",keyword:"type",params:{type: "string"}});
}
}
if(data2.sourceAddress !== undefined){
let data16 = data2.sourceAddress;
if(typeof data16 === "string"){
if(!(formats0(data16))){
(vErrors ??= []).push({instancePath:instancePath+"/sessions/" + i0+"/sourceAddress",keyword:"format",params:{format: "ip"}});
}
if(data16 === ""){
(vErrors ??= []).push({instancePath:instancePath+"/sessions/" + i0+"/sourceAddress",keyword:"filled",params:{}});
}
}
else {
(vErrors ??= []).push({instancePath:instancePath+"/sessions/" + i0+"/sourceAddress",keyword:"type",params:{type: "string"}});
}
}
if(data2.vrf !== undefined){
let data17 = data2.vrf;
if(typeof data17 === "string"){
if(data17 === ""){
(vErrors ??= []).push({instancePath:instancePath+"/sessions/" + i0+"/vrf",keyword:"filled",params:{}});
}
}
else {
(vErrors ??= []).push({instancePath:instancePath+"/sessions/" + i0+"/vrf",keyword:"type",params:{type: "string"}});
}
}
if(data2.ebgpMultiHop !== undefined){
if(typeof data2.ebgpMultiHop !== "boolean"){
(vErrors ??= []).push({instancePath:instancePath+"/sessions/" + i0+"/ebgpMultiHop",keyword:"type",params:{type: "boolean"}});
}
}
if(data2.gracefulRestartSeconds !== undefined){
let data19 = data2.gracefulRestartSeconds;
if(!Number.isInteger(data19) || data19 < 0 || data19 > 4095){
(vErrors ??= []).push({instancePath:instancePath+"/sessions/" + i0+"/gracefulRestartSeconds",keyword:"whole",params:{least: 0, most: 4095}});
}
}
if(data2.bfd !== undefined){
let data20 = data2.bfd;
if(data20 && typeof data20 == "object" && !Array.isArray(data20)){
if(data20.profile === undefined){
(vErrors ??= []).push({instancePath:instancePath+"/sessions/" + i0+"/bfd",keyword:"required",params:{missingProperty: "profile"}});
}
if(data20.receiveIntervalMillis === undefined){
(vErrors ??= []).push({instancePath:instancePath+"/sessions/" + i0+"/bfd",keyword:"required",params:{missingProperty: "receiveIntervalMillis"}});
}
if(data20.transmitIntervalMillis === undefined){
(vErrors ??= []).push({instancePath:instancePath+"/sessions/" + i0+"/bfd",keyword:"required",params:{missingProperty: "transmitIntervalMillis"}});
}
if(data20.detectMultiplier === undefined){
(vErrors ??= []).push({instancePath:instancePath+"/sessions/" + i0+"/bfd",keyword:"required",params:{missingProperty: "detectMultiplier"}});
}
if(data20.passive === undefined){
(vErrors ??= []).push({instancePath:instancePath+"/sessions/" + i0+"/bfd",keyword:"required",params:{missingProperty: "passive"}});
}
if(data20.profile !== undefined){
let data21 = data20.profile;
if(typeof data21 === "string"){
if(data21 === ""){
(vErrors ??= []).push({instancePath:instancePath+"/sessions/" + i0+"/bfd/profile",keyword:"filled",params:{}});
}
}
else {
(vErrors ??= []).push({instancePath:instancePath+"/sessions/" + i0+"/bfd/profile",keyword:"type",params:{type: "string"}});
}
}
if(data20.receiveIntervalMillis !== undefined){
let data22 = data20.receiveIntervalMillis;
if(!Number.isInteger(data22) || data22 < 10 || data22 > 60000){
(vErrors ??= []).push({instancePath:instancePath+"/sessions/" + i0+"/bfd/receiveIntervalMillis",keyword:"whole",params:{least: 10, most: 60000}});
}
}
if(data20.transmitIntervalMillis !== undefined){
let data23 = data20.transmitIntervalMillis;
if(!Number.isInteger(data23) || data23 < 10 || data23 > 60000){
(vErrors ??= []).push({instancePath:instancePath+"/sessions/" + i0+"/bfd/transmitIntervalMillis",keyword:"whole",params:{least: 10, most: 60000}});
}
}
if(data20.detectMultiplier !== undefined){
let data24 = data20.detectMultiplier;
if(!Number.isInteger(data24) || data24 < 2 || data24 > 255){
(vErrors ??= []).push({instancePath:instancePath+"/sessions/" + i0+"/bfd/detectMultiplier",keyword:"whole",params:{least: 2, most: 255}});
}
}
if(data20.passive !== undefined){
if(typeof data20.passive !== "boolean"){
(vErrors ??= []).push({instancePath:instancePath+"/sessions/" + i0+"/bfd/passive",keyword:"type",params:{type: "boolean"}});
}
}
if(data20.minimumTtl !== undefined){
let data26 = data20.minimumTtl;
if(!Number.isInteger(data26) || data26 < 1 || data26 > 254){
(vErrors ??= []).push({instancePath:instancePath+"/sessions/" + i0+"/bfd/minimumTtl",keyword:"whole",params:{least: 1, most: 254}});
}
}
}
else {
(vErrors ??= []).push({instancePath:instancePath+"/sessions/" + i0+"/bfd",keyword:"type",params:{type: "object"}});
}
}
if(data2.passwordSecret !== undefined){
let data27 = data2.passwordSecret;
if(data27 && typeof data27 == "object" && !Array.isArray(data27)){
if(data27.name === undefined){
(vErrors ??= []).push({instancePath:instancePath+"/sessions/" + i0+"/passwordSecret",keyword:"required",params:{missingProperty: "name"}});
}
if(data27.resourceVersion === undefined){
(vErrors ??= []).push({instancePath:instancePath+"/sessions/" + i0+"/passwordSecret",keyword:"required",params:{missingProperty: "resourceVersion"}});
}
if(data27.name !== undefined){
let data28 = data27.name;
if(typeof data28 === "string"){
if(data28 === ""){
(vErrors ??= []).push({instancePath:instancePath+"/sessions/" + i0+"/passwordSecret/name",keyword:"filled",params:{}});
}
}
else {
(vErrors ??= []).push({instancePath:instancePath+"/sessions/" + i0+"/passwordSecret/name",keyword:"type",params:{type: "string"}});
}
}
if(data27.resourceVersion !== undefined){
let data29 = data27.resourceVersion;
if(typeof data29 === "string"){
if(data29 === ""){
(vErrors ??= []).push({instancePath:instancePath+"/sessions/" + i0+"/passwordSecret/resourceVersion",keyword:"filled",params:{}});
}
}
else {
(vErrors ??= []).push({instancePath:instancePath+"/sessions/" + i0+"/passwordSecret/resourceVersion",keyword:"type",params:{type: "string"}});
}
}
}
else {
(vErrors ??= []).push({instancePath:instancePath+"/sessions/" + i0+"/passwordSecret",keyword:"type",params:{type: "object"}});
}
}
if((data2["address"] === undefined) === (data2["interface"] === undefined)){
(vErrors ??= []).push({instancePath:instancePath+"/sessions/" + i0,keyword:"exactlyOne",params:{one: "address", other: "interface"}});
}
if((data2["peerASN"] === undefined) === (data2["dynamicASN"] === undefined)){
(vErrors ??= []).push({instancePath:instancePath+"/sessions/" + i0,keyword:"exactlyOne",params:{one: "peerASN", other: "dynamicASN"}});
}
}
else {
(vErrors ??= []).push({instancePath:instancePath+"/sessions/" + i0,keyword:"type",params:{type: "object"}});
}
}
}
else {
(vErrors ??= []).push({instancePath:instancePath+"/sessions",keyword:"type",params:{type: "array"}});
}
}
if(data.routeSets !== undefined){
let data30 = data.routeSets;
if(Array.isArray(data30)){
const len2 = data30.length;
for(let i2=0; i2<len2; i2++){
let data31 = data30[i2];
if(typeof data31 === "string"){
if(data31 === ""){
(vErrors ??= []).push({instancePath:instancePath+"/routeSets/" + i2,keyword:"filled",params:{}});
}
}
else {
(vErrors ??= []).push({instancePath:instancePath+"/routeSets/" + i2,keyword:"type",params:{type: "string"}});
}
}
}
else {
(vErrors ??= []).push({instancePath:instancePath+"/routeSets",keyword:"type",params:{type: "array"}});
}
}
if(data.slices !== undefined){
let data32 = data.slices;
if(Array.isArray(data32)){
const len3 = data32.length;
for(let i3=0; i3<len3; i3++){
let data33 = data32[i3];
if(typeof data33 === "string"){
if(data33 === ""){
(vErrors ??= []).push({instancePath:instancePath+"/slices/" + i3,keyword:"filled",params:{}});
}
}
else {
(vErrors ??= []).push({instancePath:instancePath+"/slices/" + i3,keyword:"type",params:{type: "string"}});
}
}
}
else {
(vErrors ??= []).push({instancePath:instancePath+"/slices",keyword:"type",params:{type: "array"}});
}
}
if(data.excludeInterfaces !== undefined){
let data34 = data.excludeInterfaces;
if(Array.isArray(data34)){
const len4 = data34.length;
for(let i4=0; i4<len4; i4++){
let data35 = data34[i4];
if(typeof data35 === "string"){
if(!(formats6(data35))){
(vErrors ??= []).push({instancePath:instancePath+"/excludeInterfaces/" + i4,keyword:"format",params:{format: "pattern"}});
}
if(data35 === ""){
(vErrors ??= []).push({instancePath:instancePath+"/excludeInterfaces/" + i4,keyword:"filled",params:{}});
}
}
else {
(vErrors ??= []).push({instancePath:instancePath+"/excludeInterfaces/" + i4,keyword:"type",params:{type: "string"}});
}
}
}
else {
(vErrors ??= []).push({instancePath:instancePath+"/excludeInterfaces",keyword:"type",params:{type: "array"}});
}
}
if(data.leaving !== undefined){
let data36 = data.leaving;
if(typeof data36 !== "string"){
(vErrors ??= []).push({instancePath:instancePath+"/leaving",keyword:"type",params:{type: "string"}});
}
if(!(((data36 === "shutdown") || (data36 === "out-of-service")) || (data36 === "drain"))){
(vErrors ??= []).push({instancePath:instancePath+"/leaving",keyword:"enum",params:{allowedValues: schema11.properties.leaving.enum}});
}
}
if(data.staying !== undefined){
let data37 = data.staying;
if(typeof data37 === "string"){
if(data37 === ""){
(vErrors ??= []).push({instancePath:instancePath+"/staying",keyword:"filled",params:{}});
}
}
else {
(vErrors ??= []).push({instancePath:instancePath+"/staying",keyword:"type",params:{type: "string"}});
}
}
if(data.partners !== undefined){
let data38 = data.partners;
if(Array.isArray(data38)){
const len5 = data38.length;
for(let i5=0; i5<len5; i5++){
let data39 = data38[i5];
if(data39 && typeof data39 == "object" && !Array.isArray(data39)){
if(data39.node === undefined){
(vErrors ??= []).push({instancePath:instancePath+"/partners/" + i5,keyword:"required",params:{missingProperty: "node"}});
}
if(data39.links === undefined){
(vErrors ??= []).push({instancePath:instancePath+"/partners/" + i5,keyword:"required",params:{missingProperty: "links"}});
}
if(data39.node !== undefined){
let data40 = data39.node;
if(typeof data40 === "string"){
if(data40 === ""){
(vErrors ??= []).push({instancePath:instancePath+"/partners/" + i5+"/node",keyword:"filled",params:{}});
}
}
else {
(vErrors ??= []).push({instancePath:instancePath+"/partners/" + i5+"/node",keyword:"type",params:{type: "string"}});
}
}
if(data39.links !== undefined){
let data41 = data39.links;
if(Array.isArray(data41)){
const len6 = data41.length;
for(let i6=0; i6<len6; i6++){
let data42 = data41[i6];
if(data42 && typeof data42 == "object" && !Array.isArray(data42)){
if(data42.name === undefined){
(vErrors ??= []).push({instancePath:instancePath+"/partners/" + i5+"/links/" + i6,keyword:"required",params:{missingProperty: "name"}});
}
if(data42.mac === undefined){
(vErrors ??= []).push({instancePath:instancePath+"/partners/" + i5+"/links/" + i6,keyword:"required",params:{missingProperty: "mac"}});
}
if(data42.addresses === undefined){
(vErrors ??= []).push({instancePath:instancePath+"/partners/" + i5+"/links/" + i6,keyword:"required",params:{missingProperty: "addresses"}});
}
if(data42.name !== undefined){
let data43 = data42.name;
if(typeof data43 === "string"){
if(data43 === ""){
(vErrors ??= []).push({instancePath:instancePath+"/partners/" + i5+"/links/" + i6+"/name",keyword:"filled",params:{}});
}
}
else {
(vErrors ??= []).push({instancePath:instancePath+"/partners/" + i5+"/links/" + i6+"/name",keyword:"type",params:{type: "string"}});
}
}
if(data42.mac !== undefined){
let data44 = data42.mac;
if(typeof data44 === "string"){
if(!(formats8(data44))){
(vErrors ??= []).push({instancePath:instancePath+"/partners/" + i5+"/links/" + i6+"/mac",keyword:"format",params:{format: "mac"}});
}
if(data44 === ""){
(vErrors ??= []).push({instancePath:instancePath+"/partners/" + i5+"/links/" + i6+"/mac",keyword:"filled",params:{}});
}
}
else {
(vErrors ??= []).push({instancePath:instancePath+"/partners/" + i5+"/links/" + i6+"/mac",keyword:"type",params:{type: "string"}});
}
}
if(data42.addresses !== undefined){
let data45 = data42.addresses;
if(Array.isArray(data45)){
const len7 = data45.length;
for(let i7=0; i7<len7; i7++){
let data46 = data45[i7];
if(typeof data46 === "string"){
if(!(formats0(data46))){
(vErrors ??= []).push({instancePath:instancePath+"/partners/" + i5+"/links/" + i6+"/addresses/" + i7,keyword:"format",params:{format: "ip"}});
}
if(data46 === ""){
(vErrors ??= []).push({instancePath:instancePath+"/partners/" + i5+"/links/" + i6+"/addresses/" + i7,keyword:"filled",params:{}});
}
}
else {
(vErrors ??= []).push({instancePath:instancePath+"/partners/" + i5+"/links/" + i6+"/addresses/" + i7,keyword:"type",params:{type: "string"}});
}
}
}
else {
(vErrors ??= []).push({instancePath:instancePath+"/partners/" + i5+"/links/" + i6+"/addresses",keyword:"type",params:{type: "array"}});
}
}
}
else {
(vErrors ??= []).push({instancePath:instancePath+"/partners/" + i5+"/links/" + i6,keyword:"type",params:{type: "object"}});
}
}
}
else {
(vErrors ??= []).push({instancePath:instancePath+"/partners/" + i5+"/links",keyword:"type",params:{type: "array"}});
}
}
}
else {
(vErrors ??= []).push({instancePath:instancePath+"/partners/" + i5,keyword:"type",params:{type: "object"}});
}
}
}
else {
(vErrors ??= []).push({instancePath:instancePath+"/partners",keyword:"type",params:{type: "array"}});
}
}
}
else {
(vErrors ??= []).push({instancePath,keyword:"type",params:{type: "object"}});
}
return vErrors ?? []
}
const schema12 = {"$id":"AnnouncementPlanStatus","type":"object","required":["observedGeneration","observedRouteSets","observedSlices","interfaces","sessions","claims","conditions"],"properties":{"observedGeneration":{"whole":[0,9007199254740991]},"observedRouteSets":{"type":"array","items":{"type":"string"}},"observedSlices":{"type":"array","items":{"type":"string"}},"summary":{"type":"string"},"interfaces":{"type":"array","items":{"type":"object","required":["name","mac","up","addresses"],"properties":{"name":{"type":"string"},"mac":{"type":"string"},"up":{"type":"boolean"},"addresses":{"type":"array","items":{"type":"string"}}}}},"sessions":{"type":"array","items":{"type":"object","required":["peer","state","since","announcedIPv4","announcedIPv6"],"properties":{"peer":{"type":"string"},"address":{"type":"string"},"state":{"type":"string","enum":["Idle","Connect","Active","OpenSent","OpenConfirm","Established"]},"since":{"type":"string"},"announcedIPv4":{"whole":[0,9007199254740991]},"announcedIPv6":{"whole":[0,9007199254740991]},"negotiated":{"type":"object","required":["peerASN","routerID","holdSeconds","keepaliveSeconds","capabilities"],"properties":{"peerASN":{"whole":[-9007199254740991,9007199254740991]},"routerID":{"type":"string"},"holdSeconds":{"whole":[-2147483648,2147483647]},"keepaliveSeconds":{"whole":[-2147483648,2147483647]},"capabilities":{"type":"array","items":{"type":"string"}}}},"bfd":{"type":"object","required":["state","since"],"properties":{"state":{"type":"string","enum":["AdminDown","Down","Init","Up"]},"since":{"type":"string"},"detectionMillis":{"whole":[0,2147483647]},"lastError":{"type":"string"}}},"lastError":{"type":"string"}}}},"claims":{"type":"array","items":{"type":"object","required":["address","interfaces","term","takeovers"],"properties":{"address":{"type":"string"},"interfaces":{"type":"array","items":{"type":"string"}},"term":{"whole":[0,9007199254740991]},"takeovers":{"whole":[0,9007199254740991]}}}},"conditions":{"type":"array","items":{"type":"object","required":["type","status","reason","message","lastTransitionTime"],"properties":{"type":{"type":"string"},"status":{"type":"string","enum":["True","False","Unknown"]},"reason":{"type":"string","filled":true},"message":{"type":"string"},"lastTransitionTime":{"type":"string"},"observedGeneration":{"whole":[0,9007199254740991]}}}}}};
function validate11(data) {
const instancePath = ""
let vErrors = null;
if(data && typeof data == "object" && !Array.isArray(data)){
if(data.observedGeneration === undefined){
(vErrors ??= []).push({instancePath,keyword:"required",params:{missingProperty: "observedGeneration"}});
}
if(data.observedRouteSets === undefined){
(vErrors ??= []).push({instancePath,keyword:"required",params:{missingProperty: "observedRouteSets"}});
}
if(data.observedSlices === undefined){
(vErrors ??= []).push({instancePath,keyword:"required",params:{missingProperty: "observedSlices"}});
}
if(data.interfaces === undefined){
(vErrors ??= []).push({instancePath,keyword:"required",params:{missingProperty: "interfaces"}});
}
if(data.sessions === undefined){
(vErrors ??= []).push({instancePath,keyword:"required",params:{missingProperty: "sessions"}});
}
if(data.claims === undefined){
(vErrors ??= []).push({instancePath,keyword:"required",params:{missingProperty: "claims"}});
}
if(data.conditions === undefined){
(vErrors ??= []).push({instancePath,keyword:"required",params:{missingProperty: "conditions"}});
}
if(data.observedGeneration !== undefined){
let data0 = data.observedGeneration;
if(!Number.isInteger(data0) || data0 < 0 || data0 > 9007199254740991){
(vErrors ??= []).push({instancePath:instancePath+"/observedGeneration",keyword:"whole",params:{least: 0, most: 9007199254740991}});
}
}
if(data.observedRouteSets !== undefined){
let data1 = data.observedRouteSets;
if(Array.isArray(data1)){
const len0 = data1.length;
for(let i0=0; i0<len0; i0++){
if(typeof data1[i0] !== "string"){
(vErrors ??= []).push({instancePath:instancePath+"/observedRouteSets/" + i0,keyword:"type",params:{type: "string"}});
}
}
}
else {
(vErrors ??= []).push({instancePath:instancePath+"/observedRouteSets",keyword:"type",params:{type: "array"}});
}
}
if(data.observedSlices !== undefined){
let data3 = data.observedSlices;
if(Array.isArray(data3)){
const len1 = data3.length;
for(let i1=0; i1<len1; i1++){
if(typeof data3[i1] !== "string"){
(vErrors ??= []).push({instancePath:instancePath+"/observedSlices/" + i1,keyword:"type",params:{type: "string"}});
}
}
}
else {
(vErrors ??= []).push({instancePath:instancePath+"/observedSlices",keyword:"type",params:{type: "array"}});
}
}
if(data.summary !== undefined){
if(typeof data.summary !== "string"){
(vErrors ??= []).push({instancePath:instancePath+"/summary",keyword:"type",params:{type: "string"}});
}
}
if(data.interfaces !== undefined){
let data6 = data.interfaces;
if(Array.isArray(data6)){
const len2 = data6.length;
for(let i2=0; i2<len2; i2++){
let data7 = data6[i2];
if(data7 && typeof data7 == "object" && !Array.isArray(data7)){
if(data7.name === undefined){
(vErrors ??= []).push({instancePath:instancePath+"/interfaces/" + i2,keyword:"required",params:{missingProperty: "name"}});
}
if(data7.mac === undefined){
(vErrors ??= []).push({instancePath:instancePath+"/interfaces/" + i2,keyword:"required",params:{missingProperty: "mac"}});
}
if(data7.up === undefined){
(vErrors ??= []).push({instancePath:instancePath+"/interfaces/" + i2,keyword:"required",params:{missingProperty: "up"}});
}
if(data7.addresses === undefined){
(vErrors ??= []).push({instancePath:instancePath+"/interfaces/" + i2,keyword:"required",params:{missingProperty: "addresses"}});
}
if(data7.name !== undefined){
if(typeof data7.name !== "string"){
(vErrors ??= []).push({instancePath:instancePath+"/interfaces/" + i2+"/name",keyword:"type",params:{type: "string"}});
}
}
if(data7.mac !== undefined){
if(typeof data7.mac !== "string"){
(vErrors ??= []).push({instancePath:instancePath+"/interfaces/" + i2+"/mac",keyword:"type",params:{type: "string"}});
}
}
if(data7.up !== undefined){
if(typeof data7.up !== "boolean"){
(vErrors ??= []).push({instancePath:instancePath+"/interfaces/" + i2+"/up",keyword:"type",params:{type: "boolean"}});
}
}
if(data7.addresses !== undefined){
let data11 = data7.addresses;
if(Array.isArray(data11)){
const len3 = data11.length;
for(let i3=0; i3<len3; i3++){
if(typeof data11[i3] !== "string"){
(vErrors ??= []).push({instancePath:instancePath+"/interfaces/" + i2+"/addresses/" + i3,keyword:"type",params:{type: "string"}});
}
}
}
else {
(vErrors ??= []).push({instancePath:instancePath+"/interfaces/" + i2+"/addresses",keyword:"type",params:{type: "array"}});
}
}
}
else {
(vErrors ??= []).push({instancePath:instancePath+"/interfaces/" + i2,keyword:"type",params:{type: "object"}});
}
}
}
else {
(vErrors ??= []).push({instancePath:instancePath+"/interfaces",keyword:"type",params:{type: "array"}});
}
}
if(data.sessions !== undefined){
let data13 = data.sessions;
if(Array.isArray(data13)){
const len4 = data13.length;
for(let i4=0; i4<len4; i4++){
let data14 = data13[i4];
if(data14 && typeof data14 == "object" && !Array.isArray(data14)){
if(data14.peer === undefined){
(vErrors ??= []).push({instancePath:instancePath+"/sessions/" + i4,keyword:"required",params:{missingProperty: "peer"}});
}
if(data14.state === undefined){
(vErrors ??= []).push({instancePath:instancePath+"/sessions/" + i4,keyword:"required",params:{missingProperty: "state"}});
}
if(data14.since === undefined){
(vErrors ??= []).push({instancePath:instancePath+"/sessions/" + i4,keyword:"required",params:{missingProperty: "since"}});
}
if(data14.announcedIPv4 === undefined){
(vErrors ??= []).push({instancePath:instancePath+"/sessions/" + i4,keyword:"required",params:{missingProperty: "announcedIPv4"}});
}
if(data14.announcedIPv6 === undefined){
(vErrors ??= []).push({instancePath:instancePath+"/sessions/" + i4,keyword:"required",params:{missingProperty: "announcedIPv6"}});
}
if(data14.peer !== undefined){
if(typeof data14.peer !== "string"){
(vErrors ??= []).push({instancePath:instancePath+"/sessions/" + i4+"/peer",keyword:"type",params:{type: "string"}});
}
}
if(data14.address !== undefined){
if(typeof data14.address !== "string"){
(vErrors ??= []).push({instancePath:instancePath+"/sessions/" + i4+"/address",keyword:"type",params:{type: "string"}});
}
}
if(data14.state !== undefined){
let data17 = data14.state;
if(typeof data17 !== "string"){
(vErrors ??= []).push({instancePath:instancePath+"/sessions/" + i4+"/state",keyword:"type",params:{type: "string"}});
}
if(!((((((data17 === "Idle") || (data17 === "Connect")) || (data17 === "Active")) || (data17 === "OpenSent")) || (data17 === "OpenConfirm")) || (data17 === "Established"))){
(vErrors ??= []).push({instancePath:instancePath+"/sessions/" + i4+"/state",keyword:"enum",params:{allowedValues: schema12.properties.sessions.items.properties.state.enum}});
}
}
if(data14.since !== undefined){
if(typeof data14.since !== "string"){
(vErrors ??= []).push({instancePath:instancePath+"/sessions/" + i4+"/since",keyword:"type",params:{type: "string"}});
}
}
if(data14.announcedIPv4 !== undefined){
let data19 = data14.announcedIPv4;
if(!Number.isInteger(data19) || data19 < 0 || data19 > 9007199254740991){
(vErrors ??= []).push({instancePath:instancePath+"/sessions/" + i4+"/announcedIPv4",keyword:"whole",params:{least: 0, most: 9007199254740991}});
}
}
if(data14.announcedIPv6 !== undefined){
let data20 = data14.announcedIPv6;
if(!Number.isInteger(data20) || data20 < 0 || data20 > 9007199254740991){
(vErrors ??= []).push({instancePath:instancePath+"/sessions/" + i4+"/announcedIPv6",keyword:"whole",params:{least: 0, most: 9007199254740991}});
}
}
if(data14.negotiated !== undefined){
let data21 = data14.negotiated;
if(data21 && typeof data21 == "object" && !Array.isArray(data21)){
if(data21.peerASN === undefined){
(vErrors ??= []).push({instancePath:instancePath+"/sessions/" + i4+"/negotiated",keyword:"required",params:{missingProperty: "peerASN"}});
}
if(data21.routerID === undefined){
(vErrors ??= []).push({instancePath:instancePath+"/sessions/" + i4+"/negotiated",keyword:"required",params:{missingProperty: "routerID"}});
}
if(data21.holdSeconds === undefined){
(vErrors ??= []).push({instancePath:instancePath+"/sessions/" + i4+"/negotiated",keyword:"required",params:{missingProperty: "holdSeconds"}});
}
if(data21.keepaliveSeconds === undefined){
(vErrors ??= []).push({instancePath:instancePath+"/sessions/" + i4+"/negotiated",keyword:"required",params:{missingProperty: "keepaliveSeconds"}});
}
if(data21.capabilities === undefined){
(vErrors ??= []).push({instancePath:instancePath+"/sessions/" + i4+"/negotiated",keyword:"required",params:{missingProperty: "capabilities"}});
}
if(data21.peerASN !== undefined){
let data22 = data21.peerASN;
if(!Number.isInteger(data22) || data22 < -9007199254740991 || data22 > 9007199254740991){
(vErrors ??= []).push({instancePath:instancePath+"/sessions/" + i4+"/negotiated/peerASN",keyword:"whole",params:{least: -9007199254740991, most: 9007199254740991}});
}
}
if(data21.routerID !== undefined){
if(typeof data21.routerID !== "string"){
(vErrors ??= []).push({instancePath:instancePath+"/sessions/" + i4+"/negotiated/routerID",keyword:"type",params:{type: "string"}});
}
}
if(data21.holdSeconds !== undefined){
let data24 = data21.holdSeconds;
if(!Number.isInteger(data24) || data24 < -2147483648 || data24 > 2147483647){
(vErrors ??= []).push({instancePath:instancePath+"/sessions/" + i4+"/negotiated/holdSeconds",keyword:"whole",params:{least: -2147483648, most: 2147483647}});
}
}
if(data21.keepaliveSeconds !== undefined){
let data25 = data21.keepaliveSeconds;
if(!Number.isInteger(data25) || data25 < -2147483648 || data25 > 2147483647){
(vErrors ??= []).push({instancePath:instancePath+"/sessions/" + i4+"/negotiated/keepaliveSeconds",keyword:"whole",params:{least: -2147483648, most: 2147483647}});
}
}
if(data21.capabilities !== undefined){
let data26 = data21.capabilities;
if(Array.isArray(data26)){
const len5 = data26.length;
for(let i5=0; i5<len5; i5++){
if(typeof data26[i5] !== "string"){
(vErrors ??= []).push({instancePath:instancePath+"/sessions/" + i4+"/negotiated/capabilities/" + i5,keyword:"type",params:{type: "string"}});
}
}
}
else {
(vErrors ??= []).push({instancePath:instancePath+"/sessions/" + i4+"/negotiated/capabilities",keyword:"type",params:{type: "array"}});
}
}
}
else {
(vErrors ??= []).push({instancePath:instancePath+"/sessions/" + i4+"/negotiated",keyword:"type",params:{type: "object"}});
}
}
if(data14.bfd !== undefined){
let data28 = data14.bfd;
if(data28 && typeof data28 == "object" && !Array.isArray(data28)){
if(data28.state === undefined){
(vErrors ??= []).push({instancePath:instancePath+"/sessions/" + i4+"/bfd",keyword:"required",params:{missingProperty: "state"}});
}
if(data28.since === undefined){
(vErrors ??= []).push({instancePath:instancePath+"/sessions/" + i4+"/bfd",keyword:"required",params:{missingProperty: "since"}});
}
if(data28.state !== undefined){
let data29 = data28.state;
if(typeof data29 !== "string"){
(vErrors ??= []).push({instancePath:instancePath+"/sessions/" + i4+"/bfd/state",keyword:"type",params:{type: "string"}});
}
if(!((((data29 === "AdminDown") || (data29 === "Down")) || (data29 === "Init")) || (data29 === "Up"))){
(vErrors ??= []).push({instancePath:instancePath+"/sessions/" + i4+"/bfd/state",keyword:"enum",params:{allowedValues: schema12.properties.sessions.items.properties.bfd.properties.state.enum}});
}
}
if(data28.since !== undefined){
if(typeof data28.since !== "string"){
(vErrors ??= []).push({instancePath:instancePath+"/sessions/" + i4+"/bfd/since",keyword:"type",params:{type: "string"}});
}
}
if(data28.detectionMillis !== undefined){
let data31 = data28.detectionMillis;
if(!Number.isInteger(data31) || data31 < 0 || data31 > 2147483647){
(vErrors ??= []).push({instancePath:instancePath+"/sessions/" + i4+"/bfd/detectionMillis",keyword:"whole",params:{least: 0, most: 2147483647}});
}
}
if(data28.lastError !== undefined){
if(typeof data28.lastError !== "string"){
(vErrors ??= []).push({instancePath:instancePath+"/sessions/" + i4+"/bfd/lastError",keyword:"type",params:{type: "string"}});
}
}
}
else {
(vErrors ??= []).push({instancePath:instancePath+"/sessions/" + i4+"/bfd",keyword:"type",params:{type: "object"}});
}
}
if(data14.lastError !== undefined){
if(typeof data14.lastError !== "string"){
(vErrors ??= []).push({instancePath:instancePath+"/sessions/" + i4+"/lastError",keyword:"type",params:{type: "string"}});
}
}
}
else {
(vErrors ??= []).push({instancePath:instancePath+"/sessions/" + i4,keyword:"type",params:{type: "object"}});
}
}
}
else {
(vErrors ??= []).push({instancePath:instancePath+"/sessions",keyword:"type",params:{type: "array"}});
}
}
if(data.claims !== undefined){
let data34 = data.claims;
if(Array.isArray(data34)){
const len6 = data34.length;
for(let i6=0; i6<len6; i6++){
let data35 = data34[i6];
if(data35 && typeof data35 == "object" && !Array.isArray(data35)){
if(data35.address === undefined){
(vErrors ??= []).push({instancePath:instancePath+"/claims/" + i6,keyword:"required",params:{missingProperty: "address"}});
}
if(data35.interfaces === undefined){
(vErrors ??= []).push({instancePath:instancePath+"/claims/" + i6,keyword:"required",params:{missingProperty: "interfaces"}});
}
if(data35.term === undefined){
(vErrors ??= []).push({instancePath:instancePath+"/claims/" + i6,keyword:"required",params:{missingProperty: "term"}});
}
if(data35.takeovers === undefined){
(vErrors ??= []).push({instancePath:instancePath+"/claims/" + i6,keyword:"required",params:{missingProperty: "takeovers"}});
}
if(data35.address !== undefined){
if(typeof data35.address !== "string"){
(vErrors ??= []).push({instancePath:instancePath+"/claims/" + i6+"/address",keyword:"type",params:{type: "string"}});
}
}
if(data35.interfaces !== undefined){
let data37 = data35.interfaces;
if(Array.isArray(data37)){
const len7 = data37.length;
for(let i7=0; i7<len7; i7++){
if(typeof data37[i7] !== "string"){
(vErrors ??= []).push({instancePath:instancePath+"/claims/" + i6+"/interfaces/" + i7,keyword:"type",params:{type: "string"}});
}
}
}
else {
(vErrors ??= []).push({instancePath:instancePath+"/claims/" + i6+"/interfaces",keyword:"type",params:{type: "array"}});
}
}
if(data35.term !== undefined){
let data39 = data35.term;
if(!Number.isInteger(data39) || data39 < 0 || data39 > 9007199254740991){
(vErrors ??= []).push({instancePath:instancePath+"/claims/" + i6+"/term",keyword:"whole",params:{least: 0, most: 9007199254740991}});
}
}
if(data35.takeovers !== undefined){
let data40 = data35.takeovers;
if(!Number.isInteger(data40) || data40 < 0 || data40 > 9007199254740991){
(vErrors ??= []).push({instancePath:instancePath+"/claims/" + i6+"/takeovers",keyword:"whole",params:{least: 0, most: 9007199254740991}});
}
}
}
else {
(vErrors ??= []).push({instancePath:instancePath+"/claims/" + i6,keyword:"type",params:{type: "object"}});
}
}
}
else {
(vErrors ??= []).push({instancePath:instancePath+"/claims",keyword:"type",params:{type: "array"}});
}
}
if(data.conditions !== undefined){
let data41 = data.conditions;
if(Array.isArray(data41)){
const len8 = data41.length;
for(let i8=0; i8<len8; i8++){
let data42 = data41[i8];
if(data42 && typeof data42 == "object" && !Array.isArray(data42)){
if(data42.type === undefined){
(vErrors ??= []).push({instancePath:instancePath+"/conditions/" + i8,keyword:"required",params:{missingProperty: "type"}});
}
if(data42.status === undefined){
(vErrors ??= []).push({instancePath:instancePath+"/conditions/" + i8,keyword:"required",params:{missingProperty: "status"}});
}
if(data42.reason === undefined){
(vErrors ??= []).push({instancePath:instancePath+"/conditions/" + i8,keyword:"required",params:{missingProperty: "reason"}});
}
if(data42.message === undefined){
(vErrors ??= []).push({instancePath:instancePath+"/conditions/" + i8,keyword:"required",params:{missingProperty: "message"}});
}
if(data42.lastTransitionTime === undefined){
(vErrors ??= []).push({instancePath:instancePath+"/conditions/" + i8,keyword:"required",params:{missingProperty: "lastTransitionTime"}});
}
if(data42.type !== undefined){
if(typeof data42.type !== "string"){
(vErrors ??= []).push({instancePath:instancePath+"/conditions/" + i8+"/type",keyword:"type",params:{type: "string"}});
}
}
if(data42.status !== undefined){
let data44 = data42.status;
if(typeof data44 !== "string"){
(vErrors ??= []).push({instancePath:instancePath+"/conditions/" + i8+"/status",keyword:"type",params:{type: "string"}});
}
if(!(((data44 === "True") || (data44 === "False")) || (data44 === "Unknown"))){
(vErrors ??= []).push({instancePath:instancePath+"/conditions/" + i8+"/status",keyword:"enum",params:{allowedValues: schema12.properties.conditions.items.properties.status.enum}});
}
}
if(data42.reason !== undefined){
let data45 = data42.reason;
if(typeof data45 === "string"){
if(data45 === ""){
(vErrors ??= []).push({instancePath:instancePath+"/conditions/" + i8+"/reason",keyword:"filled",params:{}});
}
}
else {
(vErrors ??= []).push({instancePath:instancePath+"/conditions/" + i8+"/reason",keyword:"type",params:{type: "string"}});
}
}
if(data42.message !== undefined){
if(typeof data42.message !== "string"){
(vErrors ??= []).push({instancePath:instancePath+"/conditions/" + i8+"/message",keyword:"type",params:{type: "string"}});
}
}
if(data42.lastTransitionTime !== undefined){
if(typeof data42.lastTransitionTime !== "string"){
(vErrors ??= []).push({instancePath:instancePath+"/conditions/" + i8+"/lastTransitionTime",keyword:"type",params:{type: "string"}});
}
}
if(data42.observedGeneration !== undefined){
let data48 = data42.observedGeneration;
if(!Number.isInteger(data48) || data48 < 0 || data48 > 9007199254740991){
(vErrors ??= []).push({instancePath:instancePath+"/conditions/" + i8+"/observedGeneration",keyword:"whole",params:{least: 0, most: 9007199254740991}});
}
}
}
else {
(vErrors ??= []).push({instancePath:instancePath+"/conditions/" + i8,keyword:"type",params:{type: "object"}});
}
}
}
else {
(vErrors ??= []).push({instancePath:instancePath+"/conditions",keyword:"type",params:{type: "array"}});
}
}
}
else {
(vErrors ??= []).push({instancePath,keyword:"type",params:{type: "object"}});
}
return vErrors ?? []
}
const schema13 = {"$id":"AnnouncementSliceSpec","type":"object","required":["node","l2","routes"],"properties":{"node":{"type":"string","filled":true},"l2":{"type":"array","items":{"type":"object","required":["address","services","candidates","term"],"properties":{"address":{"type":"string","filled":true,"format":"ip"},"services":{"type":"array","items":{"type":"string","filled":true}},"interfaces":{"type":"array","minItems":1,"items":{"type":"string","filled":true}},"candidates":{"type":"array","minItems":1,"items":{"type":"string","filled":true}},"term":{"whole":[0,9007199254740991]},"from":{"type":"string","filled":true}}}},"routes":{"type":"array","items":{"type":"object","required":["prefix","services"],"properties":{"prefix":{"type":"string","filled":true,"format":"prefix"},"services":{"type":"array","items":{"type":"string","filled":true}},"peers":{"type":"array","minItems":1,"items":{"type":"string","filled":true}},"communities":{"type":"array","items":{"type":"string","filled":true,"format":"community"}},"localPref":{"whole":[0,4294967295]},"asPathPrepend":{"whole":[1,10]},"healthCheckNodePort":{"whole":[1,65535]}}}}}};
const formats14 = formats.prefix;
const formats16 = formats.community;
function validate12(data) {
const instancePath = ""
let vErrors = null;
if(data && typeof data == "object" && !Array.isArray(data)){
if(data.node === undefined){
(vErrors ??= []).push({instancePath,keyword:"required",params:{missingProperty: "node"}});
}
if(data.l2 === undefined){
(vErrors ??= []).push({instancePath,keyword:"required",params:{missingProperty: "l2"}});
}
if(data.routes === undefined){
(vErrors ??= []).push({instancePath,keyword:"required",params:{missingProperty: "routes"}});
}
if(data.node !== undefined){
let data0 = data.node;
if(typeof data0 === "string"){
if(data0 === ""){
(vErrors ??= []).push({instancePath:instancePath+"/node",keyword:"filled",params:{}});
}
}
else {
(vErrors ??= []).push({instancePath:instancePath+"/node",keyword:"type",params:{type: "string"}});
}
}
if(data.l2 !== undefined){
let data1 = data.l2;
if(Array.isArray(data1)){
const len0 = data1.length;
for(let i0=0; i0<len0; i0++){
let data2 = data1[i0];
if(data2 && typeof data2 == "object" && !Array.isArray(data2)){
if(data2.address === undefined){
(vErrors ??= []).push({instancePath:instancePath+"/l2/" + i0,keyword:"required",params:{missingProperty: "address"}});
}
if(data2.services === undefined){
(vErrors ??= []).push({instancePath:instancePath+"/l2/" + i0,keyword:"required",params:{missingProperty: "services"}});
}
if(data2.candidates === undefined){
(vErrors ??= []).push({instancePath:instancePath+"/l2/" + i0,keyword:"required",params:{missingProperty: "candidates"}});
}
if(data2.term === undefined){
(vErrors ??= []).push({instancePath:instancePath+"/l2/" + i0,keyword:"required",params:{missingProperty: "term"}});
}
if(data2.address !== undefined){
let data3 = data2.address;
if(typeof data3 === "string"){
if(!(formats0(data3))){
(vErrors ??= []).push({instancePath:instancePath+"/l2/" + i0+"/address",keyword:"format",params:{format: "ip"}});
}
if(data3 === ""){
(vErrors ??= []).push({instancePath:instancePath+"/l2/" + i0+"/address",keyword:"filled",params:{}});
}
}
else {
(vErrors ??= []).push({instancePath:instancePath+"/l2/" + i0+"/address",keyword:"type",params:{type: "string"}});
}
}
if(data2.services !== undefined){
let data4 = data2.services;
if(Array.isArray(data4)){
const len1 = data4.length;
for(let i1=0; i1<len1; i1++){
let data5 = data4[i1];
if(typeof data5 === "string"){
if(data5 === ""){
(vErrors ??= []).push({instancePath:instancePath+"/l2/" + i0+"/services/" + i1,keyword:"filled",params:{}});
}
}
else {
(vErrors ??= []).push({instancePath:instancePath+"/l2/" + i0+"/services/" + i1,keyword:"type",params:{type: "string"}});
}
}
}
else {
(vErrors ??= []).push({instancePath:instancePath+"/l2/" + i0+"/services",keyword:"type",params:{type: "array"}});
}
}
if(data2.interfaces !== undefined){
let data6 = data2.interfaces;
if(Array.isArray(data6)){
if(data6.length < 1){
(vErrors ??= []).push({instancePath:instancePath+"/l2/" + i0+"/interfaces",keyword:"minItems",params:{limit: 1}});
}
const len2 = data6.length;
for(let i2=0; i2<len2; i2++){
let data7 = data6[i2];
if(typeof data7 === "string"){
if(data7 === ""){
(vErrors ??= []).push({instancePath:instancePath+"/l2/" + i0+"/interfaces/" + i2,keyword:"filled",params:{}});
}
}
else {
(vErrors ??= []).push({instancePath:instancePath+"/l2/" + i0+"/interfaces/" + i2,keyword:"type",params:{type: "string"}});
}
}
}
else {
(vErrors ??= []).push({instancePath:instancePath+"/l2/" + i0+"/interfaces",keyword:"type",params:{type: "array"}});
}
}
if(data2.candidates !== undefined){
let data8 = data2.candidates;
if(Array.isArray(data8)){
if(data8.length < 1){
(vErrors ??= []).push({instancePath:instancePath+"/l2/" + i0+"/candidates",keyword:"minItems",params:{limit: 1}});
}
const len3 = data8.length;
for(let i3=0; i3<len3; i3++){
let data9 = data8[i3];
if(typeof data9 === "string"){
if(data9 === ""){
(vErrors ??= []).push({instancePath:instancePath+"/l2/" + i0+"/candidates/" + i3,keyword:"filled",params:{}});
}
}
else {
(vErrors ??= []).push({instancePath:instancePath+"/l2/" + i0+"/candidates/" + i3,keyword:"type",params:{type: "string"}});
}
}
}
else {
(vErrors ??= []).push({instancePath:instancePath+"/l2/" + i0+"/candidates",keyword:"type",params:{type: "array"}});
}
}
if(data2.term !== undefined){
let data10 = data2.term;
if(!Number.isInteger(data10) || data10 < 0 || data10 > 9007199254740991){
(vErrors ??= []).push({instancePath:instancePath+"/l2/" + i0+"/term",keyword:"whole",params:{least: 0, most: 9007199254740991}});
}
}
if(data2.from !== undefined){
let data11 = data2.from;
if(typeof data11 === "string"){
if(data11 === ""){
(vErrors ??= []).push({instancePath:instancePath+"/l2/" + i0+"/from",keyword:"filled",params:{}});
}
}
else {
(vErrors ??= []).push({instancePath:instancePath+"/l2/" + i0+"/from",keyword:"type",params:{type: "string"}});
}
}
}
else {
(vErrors ??= []).push({instancePath:instancePath+"/l2/" + i0,keyword:"type",params:{type: "object"}});
}
}
}
else {
(vErrors ??= []).push({instancePath:instancePath+"/l2",keyword:"type",params:{type: "array"}});
}
}
if(data.routes !== undefined){
let data12 = data.routes;
if(Array.isArray(data12)){
const len4 = data12.length;
for(let i4=0; i4<len4; i4++){
let data13 = data12[i4];
if(data13 && typeof data13 == "object" && !Array.isArray(data13)){
if(data13.prefix === undefined){
(vErrors ??= []).push({instancePath:instancePath+"/routes/" + i4,keyword:"required",params:{missingProperty: "prefix"}});
}
if(data13.services === undefined){
(vErrors ??= []).push({instancePath:instancePath+"/routes/" + i4,keyword:"required",params:{missingProperty: "services"}});
}
if(data13.prefix !== undefined){
let data14 = data13.prefix;
if(typeof data14 === "string"){
if(!(formats14(data14))){
(vErrors ??= []).push({instancePath:instancePath+"/routes/" + i4+"/prefix",keyword:"format",params:{format: "prefix"}});
}
if(data14 === ""){
(vErrors ??= []).push({instancePath:instancePath+"/routes/" + i4+"/prefix",keyword:"filled",params:{}});
}
}
else {
(vErrors ??= []).push({instancePath:instancePath+"/routes/" + i4+"/prefix",keyword:"type",params:{type: "string"}});
}
}
if(data13.services !== undefined){
let data15 = data13.services;
if(Array.isArray(data15)){
const len5 = data15.length;
for(let i5=0; i5<len5; i5++){
let data16 = data15[i5];
if(typeof data16 === "string"){
if(data16 === ""){
(vErrors ??= []).push({instancePath:instancePath+"/routes/" + i4+"/services/" + i5,keyword:"filled",params:{}});
}
}
else {
(vErrors ??= []).push({instancePath:instancePath+"/routes/" + i4+"/services/" + i5,keyword:"type",params:{type: "string"}});
}
}
}
else {
(vErrors ??= []).push({instancePath:instancePath+"/routes/" + i4+"/services",keyword:"type",params:{type: "array"}});
}
}
if(data13.peers !== undefined){
let data17 = data13.peers;
if(Array.isArray(data17)){
if(data17.length < 1){
(vErrors ??= []).push({instancePath:instancePath+"/routes/" + i4+"/peers",keyword:"minItems",params:{limit: 1}});
}
const len6 = data17.length;
for(let i6=0; i6<len6; i6++){
let data18 = data17[i6];
if(typeof data18 === "string"){
if(data18 === ""){
(vErrors ??= []).push({instancePath:instancePath+"/routes/" + i4+"/peers/" + i6,keyword:"filled",params:{}});
}
}
else {
(vErrors ??= []).push({instancePath:instancePath+"/routes/" + i4+"/peers/" + i6,keyword:"type",params:{type: "string"}});
}
}
}
else {
(vErrors ??= []).push({instancePath:instancePath+"/routes/" + i4+"/peers",keyword:"type",params:{type: "array"}});
}
}
if(data13.communities !== undefined){
let data19 = data13.communities;
if(Array.isArray(data19)){
const len7 = data19.length;
for(let i7=0; i7<len7; i7++){
let data20 = data19[i7];
if(typeof data20 === "string"){
if(!(formats16(data20))){
(vErrors ??= []).push({instancePath:instancePath+"/routes/" + i4+"/communities/" + i7,keyword:"format",params:{format: "community"}});
}
if(data20 === ""){
(vErrors ??= []).push({instancePath:instancePath+"/routes/" + i4+"/communities/" + i7,keyword:"filled",params:{}});
}
}
else {
(vErrors ??= []).push({instancePath:instancePath+"/routes/" + i4+"/communities/" + i7,keyword:"type",params:{type: "string"}});
}
}
}
else {
(vErrors ??= []).push({instancePath:instancePath+"/routes/" + i4+"/communities",keyword:"type",params:{type: "array"}});
}
}
if(data13.localPref !== undefined){
let data21 = data13.localPref;
if(!Number.isInteger(data21) || data21 < 0 || data21 > 4294967295){
(vErrors ??= []).push({instancePath:instancePath+"/routes/" + i4+"/localPref",keyword:"whole",params:{least: 0, most: 4294967295}});
}
}
if(data13.asPathPrepend !== undefined){
let data22 = data13.asPathPrepend;
if(!Number.isInteger(data22) || data22 < 1 || data22 > 10){
(vErrors ??= []).push({instancePath:instancePath+"/routes/" + i4+"/asPathPrepend",keyword:"whole",params:{least: 1, most: 10}});
}
}
if(data13.healthCheckNodePort !== undefined){
let data23 = data13.healthCheckNodePort;
if(!Number.isInteger(data23) || data23 < 1 || data23 > 65535){
(vErrors ??= []).push({instancePath:instancePath+"/routes/" + i4+"/healthCheckNodePort",keyword:"whole",params:{least: 1, most: 65535}});
}
}
}
else {
(vErrors ??= []).push({instancePath:instancePath+"/routes/" + i4,keyword:"type",params:{type: "object"}});
}
}
}
else {
(vErrors ??= []).push({instancePath:instancePath+"/routes",keyword:"type",params:{type: "array"}});
}
}
}
else {
(vErrors ??= []).push({instancePath,keyword:"type",params:{type: "object"}});
}
return vErrors ?? []
}
const schema14 = {"$id":"RouteSetSpec","type":"object","required":["audience","routes"],"properties":{"audience":{"type":"string","filled":true},"routes":{"type":"array","items":{"type":"object","required":["prefix","services"],"properties":{"prefix":{"type":"string","filled":true,"format":"prefix"},"services":{"type":"array","items":{"type":"string","filled":true}},"peers":{"type":"array","minItems":1,"items":{"type":"string","filled":true}},"communities":{"type":"array","items":{"type":"string","filled":true,"format":"community"}},"localPref":{"whole":[0,4294967295]},"asPathPrepend":{"whole":[1,10]},"healthCheckNodePort":{"whole":[1,65535]}}}}}};
function validate13(data) {
const instancePath = ""
let vErrors = null;
if(data && typeof data == "object" && !Array.isArray(data)){
if(data.audience === undefined){
(vErrors ??= []).push({instancePath,keyword:"required",params:{missingProperty: "audience"}});
}
if(data.routes === undefined){
(vErrors ??= []).push({instancePath,keyword:"required",params:{missingProperty: "routes"}});
}
if(data.audience !== undefined){
let data0 = data.audience;
if(typeof data0 === "string"){
if(data0 === ""){
(vErrors ??= []).push({instancePath:instancePath+"/audience",keyword:"filled",params:{}});
}
}
else {
(vErrors ??= []).push({instancePath:instancePath+"/audience",keyword:"type",params:{type: "string"}});
}
}
if(data.routes !== undefined){
let data1 = data.routes;
if(Array.isArray(data1)){
const len0 = data1.length;
for(let i0=0; i0<len0; i0++){
let data2 = data1[i0];
if(data2 && typeof data2 == "object" && !Array.isArray(data2)){
if(data2.prefix === undefined){
(vErrors ??= []).push({instancePath:instancePath+"/routes/" + i0,keyword:"required",params:{missingProperty: "prefix"}});
}
if(data2.services === undefined){
(vErrors ??= []).push({instancePath:instancePath+"/routes/" + i0,keyword:"required",params:{missingProperty: "services"}});
}
if(data2.prefix !== undefined){
let data3 = data2.prefix;
if(typeof data3 === "string"){
if(!(formats14(data3))){
(vErrors ??= []).push({instancePath:instancePath+"/routes/" + i0+"/prefix",keyword:"format",params:{format: "prefix"}});
}
if(data3 === ""){
(vErrors ??= []).push({instancePath:instancePath+"/routes/" + i0+"/prefix",keyword:"filled",params:{}});
}
}
else {
(vErrors ??= []).push({instancePath:instancePath+"/routes/" + i0+"/prefix",keyword:"type",params:{type: "string"}});
}
}
if(data2.services !== undefined){
let data4 = data2.services;
if(Array.isArray(data4)){
const len1 = data4.length;
for(let i1=0; i1<len1; i1++){
let data5 = data4[i1];
if(typeof data5 === "string"){
if(data5 === ""){
(vErrors ??= []).push({instancePath:instancePath+"/routes/" + i0+"/services/" + i1,keyword:"filled",params:{}});
}
}
else {
(vErrors ??= []).push({instancePath:instancePath+"/routes/" + i0+"/services/" + i1,keyword:"type",params:{type: "string"}});
}
}
}
else {
(vErrors ??= []).push({instancePath:instancePath+"/routes/" + i0+"/services",keyword:"type",params:{type: "array"}});
}
}
if(data2.peers !== undefined){
let data6 = data2.peers;
if(Array.isArray(data6)){
if(data6.length < 1){
(vErrors ??= []).push({instancePath:instancePath+"/routes/" + i0+"/peers",keyword:"minItems",params:{limit: 1}});
}
const len2 = data6.length;
for(let i2=0; i2<len2; i2++){
let data7 = data6[i2];
if(typeof data7 === "string"){
if(data7 === ""){
(vErrors ??= []).push({instancePath:instancePath+"/routes/" + i0+"/peers/" + i2,keyword:"filled",params:{}});
}
}
else {
(vErrors ??= []).push({instancePath:instancePath+"/routes/" + i0+"/peers/" + i2,keyword:"type",params:{type: "string"}});
}
}
}
else {
(vErrors ??= []).push({instancePath:instancePath+"/routes/" + i0+"/peers",keyword:"type",params:{type: "array"}});
}
}
if(data2.communities !== undefined){
let data8 = data2.communities;
if(Array.isArray(data8)){
const len3 = data8.length;
for(let i3=0; i3<len3; i3++){
let data9 = data8[i3];
if(typeof data9 === "string"){
if(!(formats16(data9))){
(vErrors ??= []).push({instancePath:instancePath+"/routes/" + i0+"/communities/" + i3,keyword:"format",params:{format: "community"}});
}
if(data9 === ""){
(vErrors ??= []).push({instancePath:instancePath+"/routes/" + i0+"/communities/" + i3,keyword:"filled",params:{}});
}
}
else {
(vErrors ??= []).push({instancePath:instancePath+"/routes/" + i0+"/communities/" + i3,keyword:"type",params:{type: "string"}});
}
}
}
else {
(vErrors ??= []).push({instancePath:instancePath+"/routes/" + i0+"/communities",keyword:"type",params:{type: "array"}});
}
}
if(data2.localPref !== undefined){
let data10 = data2.localPref;
if(!Number.isInteger(data10) || data10 < 0 || data10 > 4294967295){
(vErrors ??= []).push({instancePath:instancePath+"/routes/" + i0+"/localPref",keyword:"whole",params:{least: 0, most: 4294967295}});
}
}
if(data2.asPathPrepend !== undefined){
let data11 = data2.asPathPrepend;
if(!Number.isInteger(data11) || data11 < 1 || data11 > 10){
(vErrors ??= []).push({instancePath:instancePath+"/routes/" + i0+"/asPathPrepend",keyword:"whole",params:{least: 1, most: 10}});
}
}
if(data2.healthCheckNodePort !== undefined){
let data12 = data2.healthCheckNodePort;
if(!Number.isInteger(data12) || data12 < 1 || data12 > 65535){
(vErrors ??= []).push({instancePath:instancePath+"/routes/" + i0+"/healthCheckNodePort",keyword:"whole",params:{least: 1, most: 65535}});
}
}
}
else {
(vErrors ??= []).push({instancePath:instancePath+"/routes/" + i0,keyword:"type",params:{type: "object"}});
}
}
}
else {
(vErrors ??= []).push({instancePath:instancePath+"/routes",keyword:"type",params:{type: "array"}});
}
}
}
else {
(vErrors ??= []).push({instancePath,keyword:"type",params:{type: "object"}});
}
return vErrors ?? []
}

export const announcementPlanSpec: Contract<AnnouncementPlanSpec> = {
  validate: validate10 as Validate,
  fields: ['node', 'sessions', 'routeSets', 'slices', 'excludeInterfaces', 'leaving', 'staying', 'partners'],
  lists: ['sessions', 'routeSets', 'slices', 'excludeInterfaces', 'partners'],
}
export const announcementPlanStatus: Contract<AnnouncementPlanStatus> = {
  validate: validate11 as Validate,
  fields: ['observedGeneration', 'observedRouteSets', 'observedSlices', 'summary', 'interfaces', 'sessions', 'claims', 'conditions'],
  lists: ['observedRouteSets', 'observedSlices', 'interfaces', 'sessions', 'claims', 'conditions'],
}
export const announcementSliceSpec: Contract<AnnouncementSliceSpec> = {
  validate: validate12 as Validate,
  fields: ['node', 'l2', 'routes'],
  lists: ['l2', 'routes'],
}
export const routeSetSpec: Contract<RouteSetSpec> = {
  validate: validate13 as Validate,
  fields: ['audience', 'routes'],
  lists: ['routes'],
}
