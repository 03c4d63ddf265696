# shellcheck shell=dash
# shellcheck disable=SC2034 # platform.sh reads it
# By what a machine shows which datasources it seems to have: rows of FIELD DATASOURCE PATTERN. A field is one of the firmware's
# tables (/sys/class/dmi/id), or one of those below; rows of one field are together, for a field is read once. A datasource
# without a row has a `detect` of its own.
#   firmware   none where the machine has no such tables
#   ds         the word ds= on the kernel command line
#   word       on the kernel command line, which the pattern names
#   path       of a file or folder, which the pattern names
#   label      of a disk or partition, in any case, which the pattern names
PLATFORMS='
product_name openstack OpenStack Nova
product_name openstack OpenStack Compute
product_name ec2 OpenStack *
product_name alibaba Alibaba Cloud ECS
product_name google Google Compute Engine
product_name google Google
product_name cloudstack CloudStack*
product_name exoscale Exoscale*
product_name vmware VMware*
product_name ovf VMware*
product_name smartos SmartDC*
board_name lxd Incus
board_name lxd LXD
sys_vendor ec2 Amazon EC2
sys_vendor ec2 e24cloud
sys_vendor tencent Tencent Cloud
sys_vendor digitalocean DigitalOcean
sys_vendor hetzner Hetzner
sys_vendor vultr Vultr
sys_vendor upcloud UpCloud
sys_vendor scaleway Scaleway
chassis_asset_tag openstack OpenStack Nova
chassis_asset_tag openstack OpenStack Compute
chassis_asset_tag openstack OpenTelekomCloud
chassis_asset_tag openstack SAP CCloud VM
chassis_asset_tag openstack HUAWEICLOUD
chassis_asset_tag openstack Samsung Cloud Platform
chassis_asset_tag ec2 *.zadara.com
chassis_asset_tag azure 7783-7084-3265-9085-8269-3286-77
chassis_asset_tag oracle OracleCloud.com
product_serial nocloud ds=nocloud;*
product_serial nocloud ds=nocloud-net;*
product_serial ec2 *.brightbox.com
product_serial google GoogleCloud-*
product_uuid ec2 [Ee][Cc]2*
firmware openstack none
firmware ec2 none
ds nocloud nocloud;*
ds nocloud nocloud-net;*
word vultr vultr
word scaleway scaleway
path nocloud /var/lib/cloud/seed/nocloud
path nocloud /var/lib/cloud/seed/nocloud-net
path opennebula /var/lib/cloud/seed/opennebula
path lxd /dev/incus/sock
path lxd /dev/lxd/sock
path ovf /var/lib/cloud/seed/ovf
path configdrive /var/lib/cloud/seed/config_drive
path configdrive /var/lib/cloud/seed/configdrive
label nocloud cidata
label configdrive config-2
label configdrive metadata
label opennebula context
label ovf ovf-env
'
